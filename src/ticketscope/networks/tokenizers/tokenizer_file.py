"""Pieces as a tokenizer.json says, which the library `tokenizers` reads.

The file decides everything: models, normalisers and ids of it are used as they stand. The classes
of transformers 5 build some of them anew (T5Tokenizer takes 2 for the unknown id whatever the file
says, MBartTokenizer leaves the normaliser out, NllbTokenizer adds the codes that a trimmed
vocabulary has not), and so are not used here.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import tokenizers

from ticketscope.config import digest
from ticketscope.errors import InputError
from ticketscope.networks.tokenizers.piece_model import Spelled
from ticketscope.text.pieces import Surface

_SPACE = "▁"
_HIDDEN = "\uffff"
"""Before the name of a special symbol, so that no text spells it: it is no character."""


class TokenizerFile:
    """What a tokenizer.json says of pieces and ids."""

    remarks: tuple[str, ...] = ()

    def __init__(self, content: Mapping[str, Any], path: Path, prefix: str = "") -> None:
        """Take over the content of a tokenizer.json.

        Args:
            content: of the file.
            path: where it comes from, for messages.
            prefix: a special symbol in it is recognised in a text, as in the prefix itself.

        Raises `InputError` for a content that is no tokenizer of pieces.
        """
        try:
            self._read(content, prefix)
        except (KeyError, TypeError, IndexError, AttributeError, ValueError):
            raise InputError(f"{path}: not a tokenizer.json; get it again") from None
        except Exception as error:
            if type(error) is not Exception:  # the library raises nothing finer
                raise
            raise InputError(f"{path}: not a tokenizer.json ({error}); get it again") from None

    def _read(self, content: Mapping[str, Any], prefix: str) -> None:
        model = dict(content["model"])
        kind = model.get("type") or ("BPE" if "merges" in model else "Unigram")
        if kind not in ("BPE", "Unigram"):
            raise Exception(f"a model of type {kind}, where BPE or Unigram is needed")
        added = [dict(token) for token in content["added_tokens"]]
        for token in added:
            token["special"] = token["special"] and token["content"] not in prefix
        self.special = frozenset(token["content"] for token in added if token["special"])
        vocabulary: list[Any] | dict[str, int] = model["vocab"]
        listed = vocabulary.items() if isinstance(vocabulary, dict) else vocabulary
        if kind == "BPE":
            own = dict(listed)
            self.unknown = own[model["unk_token"]] if model.get("unk_token") else _NO_UNKNOWN
            model["vocab"] = {self._hidden(name): number for name, number in listed}
            model["unk_token"] = model.get("unk_token") and self._hidden(model["unk_token"])
            model["dropout"] = None
        else:
            own = {name: number for number, (name, _) in enumerate(listed)}
            if model.get("unk_id") is None and not model.get("byte_fallback"):
                raise Exception("no id for what is unknown (unk_id)")
            self.unknown = _NO_UNKNOWN if model.get("unk_id") is None else model["unk_id"]
            model["vocab"] = [[self._hidden(name), score] for name, score in listed]
        self.ids = own | {token["content"]: token["id"] for token in added}
        self._verbatim = {token["content"] for token in added}
        self._in_bytes = _mentions(content.get("pre_tokenizer"), "ByteLevel")
        self._spells_bytes = bool(model.get("byte_fallback"))
        hidden = [{**token, "content": self._hidden(token["content"])} for token in added]
        plain = {
            **content,
            "model": model,
            "added_tokens": hidden,
            "truncation": None,
            "padding": None,
        }
        _check_template(content.get("post_processor"))
        self._tokenizer = tokenizers.Tokenizer.from_str(json.dumps(plain))
        self._tokenizer.encode_special_tokens = True
        stored = {number: name for name, number in self._tokenizer.get_vocab().items()}
        if any(stored.get(token["id"]) != token["content"] for token in hidden):
            raise Exception("added tokens whose ids are not those that they get when it is read")
        self.identity = digest({key: plain.get(key) for key in _DECIDES_IDS})
        self.around = self._ask()

    def _hidden(self, name: str) -> str:
        return _HIDDEN + name if name in self.special else name

    def _ask(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """What the file puts around a text, found by giving it one."""
        text = "a"
        bare = self._tokenizer.encode(text, add_special_tokens=False).ids
        full = self._tokenizer.encode(text, add_special_tokens=True).ids
        num_more = len(full) - len(bare)
        for num_before in range(num_more + 1):
            if full[num_before : num_before + len(bare)] == bare:
                return tuple(full[:num_before]), tuple(full[num_before + len(bare) :])
        raise Exception("a post-processor that changes the pieces of a text")

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Ids of each text."""
        # One by one: a batch would start threads, and a process with threads cannot be forked.
        encode = self._tokenizer.encode
        return [encode(text, add_special_tokens=False).ids for text in texts]

    def spelled(self, text: str) -> Spelled:
        """The pieces of a text with what they spell."""
        encoding = self._tokenizer.encode(text, add_special_tokens=False)
        return Spelled(
            encoding.ids,
            [
                self._surface(number, piece)
                for number, piece in zip(encoding.ids, encoding.tokens, strict=True)
            ],
        )

    def _surface(self, number: int, piece: str) -> Surface:
        if number == self.unknown:
            # BPE gives the name of the symbol, Unigram the text that it does not know.
            return None if piece.startswith(_HIDDEN) or piece in self.ids else _plain(piece)
        if piece in self._verbatim:
            return piece
        if self._in_bytes:
            return bytes(_BYTE_OF[character] for character in piece)
        if self._spells_bytes and _is_byte(piece):
            return bytes([int(piece[3:5], 16)])
        return _plain(piece)

    def decode(self, names: Sequence[str]) -> str:
        """The text of names."""
        text: str = self._tokenizer.decode([self.ids[name] for name in names])
        return text.replace(_SPACE, " ") if not self._in_bytes else text


_DECIDES_IDS = ("model", "added_tokens", "normalizer", "pre_tokenizer")
_NO_UNKNOWN = -1
"""The id of the unknown symbol where there is none: bytes spell everything."""


def _plain(piece: str) -> str:
    return piece.replace(_SPACE, " ")


def _is_byte(piece: str) -> bool:
    return len(piece) == 6 and piece.startswith("<0x") and piece.endswith(">")


def _mentions(part: Any, kind: str) -> bool:
    """Whether a part of the file, or one of its own parts, is of a kind."""
    if isinstance(part, dict):
        return part.get("type") == kind or any(_mentions(one, kind) for one in part.values())
    return isinstance(part, list) and any(_mentions(one, kind) for one in part)


def _check_template(part: Any) -> None:
    """Raise unless a template defines the symbols that it names: the library would panic."""
    if isinstance(part, dict) and part.get("type") == "TemplateProcessing":
        named = {one["SpecialToken"]["id"] for one in part["single"] if "SpecialToken" in one}
        if not named <= part["special_tokens"].keys():
            raise Exception("a post-processor with a symbol that it does not define")
    elif isinstance(part, dict):
        for one in part.get("processors") or ():
            _check_template(one)


def _byte_alphabet() -> dict[str, int]:
    """The characters that stand for bytes in byte-level vocabularies (GPT-2, Radford et al. 2019):
    printable ones for themselves, the others from U+0100 on."""
    own = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in set(own)]
    return {chr(byte): byte for byte in own} | {
        chr(0x100 + place): byte for place, byte in enumerate(others)
    }


_BYTE_OF = _byte_alphabet()
