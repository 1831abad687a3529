"""A tokenizer.json, or BART's merges.txt, of which ordinary pieces are taken away."""

import copy
import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from ticketscope.errors import InputError
from ticketscope.shrinking.vocabulary.derivations import Rank, steps
from ticketscope.text.input_files import read_input, read_json_object

_NO_TEXT = re.compile(r"<.+>|>>.+<<")
"""Sentinels, tags of languages and bytes: no text is cut into them for its own sake."""


def as_json(content: object) -> bytes:
    """As transformers writes it."""
    return (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()


@dataclass(frozen=True)
class TokenizerJson:
    """A tokenizer.json."""

    path: Path

    @cached_property
    def ordinary(self) -> frozenset[str]:
        """The pieces that may go: no symbol that was added, no tag or byte, and of an alphabet of
        bytes no letter."""
        added = {token["content"] for token in self._content["added_tokens"]}
        is_bytes = '"ByteLevel"' in json.dumps(self._content.get("pre_tokenizer"))
        return frozenset(
            name
            for name in self._names
            if name not in added
            and not _NO_TEXT.fullmatch(name)
            and not (is_bytes and len(name) == 1)
        )

    def cut(self, _texts: Sequence[str]) -> set[str]:
        """Nothing that has no row in the network."""
        return set()

    def steps(self, names: Collection[str]) -> set[str]:
        """All ordinary pieces that take part in cutting out these."""
        own = self.ordinary & set(names)
        model = self._content["model"]
        if "merges" not in model:
            return set(own)
        if model.get("continuing_subword_prefix") or model.get("end_of_word_suffix"):
            raise InputError(
                f"{self.path}: marks where words go on or end, and merges of such pieces are not "
                "taken apart; leave out --vocabulary"
            )
        return steps(own, _by_place(self._merges)) & self.ordinary

    def renumbered(self, going: Collection[str], ids: Mapping[str, int]) -> bytes:
        """The file without some ordinary pieces; `ids`: of all names that stay."""
        content = copy.deepcopy(self._content)
        model, gone = content["model"], self.ordinary & set(going)
        if isinstance(model["vocab"], dict):
            left = [name for name in model["vocab"] if name not in gone]
            model["vocab"] = {name: ids[name] for name in sorted(left, key=ids.__getitem__)}
            model["merges"] = [
                pair
                for pair, (left_, right) in zip(model["merges"], self._merges, strict=True)
                if not {left_, right, left_ + right} & gone
            ]
        else:
            model["vocab"] = [entry for entry in model["vocab"] if entry[0] not in gone]
            if model.get("unk_id") is not None:
                model["unk_id"] = ids[self._content["model"]["vocab"][model["unk_id"]][0]]
        for token in content["added_tokens"]:
            token["id"] = ids[token["content"]]
        _renumber_symbols(content.get("post_processor"), ids)
        if content.get("padding"):
            content["padding"]["pad_id"] = ids[content["padding"]["pad_token"]]
        return as_json(content)

    @cached_property
    def _content(self) -> dict[str, Any]:
        return read_json_object(self.path)

    @property
    def _names(self) -> list[str]:
        vocab = self._content["model"]["vocab"]
        return list(vocab) if isinstance(vocab, dict) else [name for name, _ in vocab]

    @cached_property
    def _merges(self) -> list[tuple[str, str]]:
        return [_pair(one) for one in self._content["model"]["merges"]]


@dataclass(frozen=True)
class MergesText:
    """A merges.txt with vocab.json beside it: an alphabet of bytes, so that every letter stays."""

    path: Path

    @cached_property
    def ordinary(self) -> frozenset[str]:
        """All that is made by a merge."""
        return frozenset(left + right for left, right in self._merges)

    def cut(self, _texts: Sequence[str]) -> set[str]:
        """Nothing that has no row in the network."""
        return set()

    def steps(self, names: Collection[str]) -> set[str]:
        """All ordinary pieces that take part in cutting out these."""
        return steps(self.ordinary & set(names), _by_place(self._merges)) & self.ordinary

    def without(self, names: Collection[str]) -> bytes:
        """The file without the merges that some pieces take part in."""
        gone = set(names)
        kept = [
            line
            for line in self._lines
            if line.startswith("#version")
            or not line
            or not {*_pair(line), "".join(_pair(line))} & gone
        ]
        return "".join(f"{line}\n" for line in kept).encode()

    @cached_property
    def _lines(self) -> list[str]:
        return read_input(self.path).decode("utf-8").split("\n")[:-1]

    @cached_property
    def _merges(self) -> list[tuple[str, str]]:
        return [_pair(one) for one in self._lines if one and not one.startswith("#version")]


def _pair(merge: str | Sequence[str]) -> tuple[str, str]:
    """Old files have one text per merge."""
    left, right = merge.split(" ") if isinstance(merge, str) else merge
    return left, right


def _by_place(merges: Sequence[tuple[str, str]]) -> Rank:
    places = {pair: place for place, pair in enumerate(merges)}
    return lambda left, right: places.get((left, right))


def _renumber_symbols(part: Any, ids: Mapping[str, int]) -> None:
    """Give the symbols that a post-processor puts around a text their new ids."""
    if not isinstance(part, dict):
        return
    for token in (part.get("special_tokens") or {}).values():
        token["ids"] = [ids[name] for name in token["tokens"]]
    for side in ("sep", "cls"):
        if side in part:
            part[side] = [part[side][0], ids[part[side][0]]]
    for one in part.get("processors") or ():
        _renumber_symbols(one, ids)
