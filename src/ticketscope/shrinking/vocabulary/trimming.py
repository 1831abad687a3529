"""Which pieces stay, and the files of the tokenizer that say so.

Every piece stays that a text of the corpus is cut into, all that take part in cutting it out, every
character that such a piece has, and whatever is no ordinary piece: special symbols, language codes,
tags, bytes, rows without a name. What stays keeps its order, so that a row is found by counting.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

import numpy as np

from ticketscope.corpus.parallel import pairs_of_files
from ticketscope.errors import InputError
from ticketscope.shrinking.smaller import Rows
from ticketscope.shrinking.vocabulary.sentencepiece_file import SentencePieceFile
from ticketscope.shrinking.vocabulary.tokenizer_json import MergesText, TokenizerJson, as_json
from ticketscope.text.input_files import read_json_object
from ticketscope.text.tokenizer import Tokenizer

SIDES: Final = ("source", "target")
_AT_A_TIME: Final = 10_000
_ONE_SIDE: Final = {
    "source.spm": "source",
    "target.spm": "target",
    "target_vocab.json": "target",
}
"""Files of one side where the vocabularies are separate; all others are of both."""

Corpora = Callable[[], Iterator[Mapping[str, Sequence[str]]]]
"""Gives the sentences of a corpus by side, some at a time, as often as it is called."""
PieceFile = SentencePieceFile | TokenizerJson | MergesText


@dataclass(frozen=True)
class Trimmed:
    """A smaller vocabulary.

    Args:
        rows: by side, the rows before of all rows after.
        files: of the tokenizer that change, with their new content.
        left_out: files beside them that list pieces and that nobody reads.
    """

    rows: Rows
    files: Mapping[str, bytes]
    left_out: tuple[str, ...]

    @property
    def new_ids(self) -> dict[int, int]:
        """The id after of each id before, of the target side."""
        return {int(old): new for new, old in enumerate(self.rows["target"])}


def texts_of_files(
    prefixes: Sequence[str], languages: tuple[str, str]
) -> Iterator[Mapping[str, Sequence[str]]]:
    """The sentences in files ``PREFIX.{language}`` by side, some thousand at a time.

    Raises `InputError` for a file that is not there, or damaged.
    """
    for prefix in prefixes:
        pairs = pairs_of_files("vocabulary", prefix, languages)
        while some := list(islice(pairs, _AT_A_TIME)):
            sources, targets = zip(*some, strict=True)
            yield {"source": sources, "target": targets}


def trimmed(directory: Path, tokenizer: Tokenizer, corpora: Corpora, prefix: str) -> Trimmed:
    """The vocabulary that texts of either side need.

    Args:
        directory: with the files of the tokenizer; they are only read.
        tokenizer: of the network.
        corpora: the texts.
        prefix: what stands in front of every source.

    Raises `InputError` for files from which pieces cannot be taken exactly.
    """
    files = _piece_files(directory)
    if not files:
        raise InputError(
            f"{directory}: has no file of a tokenizer from which pieces can be taken; leave out "
            "--vocabulary"
        )
    names = {side: getattr(tokenizer, side).names for side in SIDES}
    ordinary = frozenset().union(*(file.ordinary for file in files.values()))
    needed = {side: _needed(side, tokenizer, files, ordinary, corpora, prefix) for side in SIDES}
    is_joint = names["source"] == names["target"]
    if is_joint:
        needed = dict.fromkeys(SIDES, needed["source"] | needed["target"])
    rows = {
        side: [
            row
            for row, name in enumerate(names[side])
            if name in needed[side] or name not in ordinary
        ]
        for side in SIDES
    }
    _fill_up(rows, names)
    stays = {side: needed[side] | {names[side][row] for row in rows[side]} for side in SIDES}
    return Trimmed(
        rows={side: np.array(chosen, dtype=np.int64) for side, chosen in rows.items()},
        files=_written(directory, files, stays, rows, names, is_joint),
        left_out=tuple(sorted(path.name for path in directory.glob("*.vocab"))),
    )


def _needed(
    side: str,
    tokenizer: Tokenizer,
    files: Mapping[str, PieceFile],
    ordinary: frozenset[str],
    corpora: Corpora,
    prefix: str,
) -> set[str]:
    """The pieces that texts of a side are cut into, what takes part in that, and what words of the
    same characters can be spelled with. Some have no row in the network.

    Raises `InputError` where there is no text.
    """
    codec, frame = getattr(tokenizer, side), tokenizer.frame
    own = [file for name, file in files.items() if _ONE_SIDE.get(name, side) == side]
    before = prefix if side == "source" else ""
    ids = {frame.pad}
    ids |= {*frame.source_before, *frame.source_after} if side == "source" else set()
    ids |= {*frame.target_before, *frame.target_after} if side == "target" else set()
    used: set[str] = set()
    has_text = False
    for some in corpora():
        texts = some[side]
        ids.update(number for one in codec.encode(texts) for number in one)
        has_text |= any(texts)
        for file in own:
            used |= file.cut([before + text for text in texts])
    if not has_text:
        raise InputError(
            f"vocabulary: its corpora have no text on the {side} side, so that no piece would be "
            "left; give some that have"
        )
    used |= {codec.names[number] for number in ids}
    characters = set().union(*(used & ordinary))
    used |= {name for name in codec.names if len(name) == 1 and name in characters}
    return used.union(*(file.steps(used) for file in own))


def _fill_up(rows: dict[str, list[int]], names: Mapping[str, Sequence[str]]) -> None:
    """Give both sides as many rows, for a network with two vocabularies knows one id of pad, which
    is last in either: the side with fewer keeps the first of those that could go."""
    size = max(map(len, rows.values()))
    for side, chosen in rows.items():
        left = set(chosen)
        spare = [row for row in range(len(names[side])) if row not in left]
        rows[side] = sorted([*chosen, *spare[: size - len(chosen)]])


# ----------------------------------------------------------------------------- files


def _piece_files(directory: Path) -> dict[str, PieceFile]:
    """The files that say how text is cut, by name."""
    found: dict[str, PieceFile] = {}
    for path in sorted(directory.iterdir()):
        if path.suffix in (".spm", ".model"):
            found[path.name] = SentencePieceFile(path)
        elif path.name == "tokenizer.json":
            found[path.name] = TokenizerJson(path)
        elif path.name == "merges.txt":
            found[path.name] = MergesText(path)
    return found


def _written(
    directory: Path,
    files: Mapping[str, PieceFile],
    stays: Mapping[str, set[str]],
    rows: Mapping[str, Sequence[int]],
    names: Mapping[str, Sequence[str]],
    is_joint: bool,
) -> dict[str, bytes]:
    ids = {
        side: {names[side][row]: number for number, row in enumerate(rows[side])} for side in SIDES
    }
    written = {}
    for name, file in files.items():
        # A file of both sides needs what either does.
        sides = [side for side in SIDES if is_joint or _ONE_SIDE.get(name, side) == side]
        left = set().union(*(stays[side] for side in sides))
        going = file.ordinary - left
        if isinstance(file, TokenizerJson):
            written[name] = file.renumbered(going, ids[sides[0]])
        else:
            written[name] = file.without(going)
    for name, side in (("vocab.json", "source"), ("target_vocab.json", "target")):
        if (path := directory / name).is_file():
            written[name] = as_json(_renumbered(read_json_object(path), ids[side]))
    if (path := directory / "added_tokens.json").is_file():
        written[path.name] = as_json(_renumbered(read_json_object(path), ids["source"]))
    if (path := directory / "tokenizer_config.json").is_file():
        settings = read_json_object(path)
        if isinstance(settings.get("added_tokens_decoder"), dict):
            settings["added_tokens_decoder"] = {
                str(ids["source"][token["content"]]): token
                for token in settings["added_tokens_decoder"].values()
                if token["content"] in ids["source"]
            }
            written[path.name] = as_json(settings)
    return written


def _renumbered(stored: Mapping[str, Any], ids: Mapping[str, int]) -> dict[str, int]:
    return dict(
        sorted(((name, ids[name]) for name in stored if name in ids), key=lambda entry: entry[1])
    )
