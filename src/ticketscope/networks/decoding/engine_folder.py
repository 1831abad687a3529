"""A directory of CTranslate2's: weights, config.json and vocabularies, checked against one another.

Its config.json has no `model_type`, and nothing in it says how text becomes pieces.
"""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from ticketscope.errors import InputError
from ticketscope.files import disk_errors_named
from ticketscope.networks.decoding.engine_file import ENGINE_FILE, EngineHeader, read_header
from ticketscope.networks.decoding.engine_zeros import stored_sparsity
from ticketscope.networks.families.shape import CONFIG, NO_LIMIT, shown
from ticketscope.networks.model import Sparsity
from ticketscope.networks.tokenizers import StoredIds, forced_bos, open_tokenizer
from ticketscope.networks.tokenizers.piece_codec import nameless
from ticketscope.networks.tokenizers.stored_tokenizer import SETTINGS
from ticketscope.text.input_files import read_input, read_json_object
from ticketscope.text.tokenizer import PLAIN, Conventions, Frame, Tokenizer

_KINDS: Final = {
    "MarianTokenizer": "marian",
    "M2M100Tokenizer": "m2m_100",
    "NllbTokenizer": "m2m_100",
    "MBartTokenizer": "mbart",
    "MBart50Tokenizer": "mbart",
}
"""The kinds of networks that have a class of tokenizers for themselves."""
SHARED: Final = "shared_vocabulary.json"
SIDES: Final = ("source_vocabulary.json", "target_vocabulary.json")
_SYMBOLS: Final = ("unk_token", "bos_token", "eos_token", "decoder_start_token")
_MAY_LACK: Final = ("decoder_start_token",)
_FROM_NOTHING: Final = "decoder/start_from_zero_embedding"
_MEND: Final = "convert the network again, or take all files of one conversion"


def is_engine_folder(path: Path) -> bool:
    """Whether a directory holds a network in CTranslate2's format."""
    return (path / ENGINE_FILE).is_file()


@dataclass(frozen=True)
class EngineFolder:
    """A directory of CTranslate2's.

    Args:
        path: where it lies.
        beside: the directory with its tokenizer; None: the same.
    """

    path: Path
    beside: Path | None = None

    @cached_property
    def header(self) -> EngineHeader:
        """What its weights are. Raises `InputError` for a file that is damaged."""
        return read_header(self.path / ENGINE_FILE)

    @cached_property
    def config(self) -> dict[str, Any]:
        """Its config.json."""
        return read_json_object(self._file(CONFIG))

    @property
    def max_positions(self) -> int:
        """Of a side, special symbols included."""
        return self.header.positions or NO_LIMIT

    @cached_property
    def sparsity(self) -> Sparsity:
        """Shares of weights that are zero as stored."""
        return stored_sparsity(self.path / ENGINE_FILE, self.header)

    @property
    def num_bytes(self) -> int:
        """The size of its weights on disk."""
        return (self.path / ENGINE_FILE).stat().st_size

    @property
    def start(self) -> str | None:
        """The symbol with which its decoder starts by itself; None where it is to be given one."""
        return self._symbol("decoder_start_token")

    @cached_property
    def starts_from_nothing(self) -> bool:
        """Whether its decoder starts from zeros, whatever symbol it is given."""
        name = self.header.aliases.get(_FROM_NOTHING, _FROM_NOTHING)
        if (place := self.header.places.get(name)) is None:
            return False
        with disk_errors_named(self.path), (self.path / ENGINE_FILE).open("rb") as file:
            file.seek(place)
            return file.read(1) != b"\0"

    @property
    def files(self) -> tuple[Path, ...]:
        """What decides all that it computes."""
        return (self._file(ENGINE_FILE), self._file(CONFIG), *self._vocabularies)

    @cached_property
    def names(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The names of the rows of either side.

        Raises `InputError` unless there are as many as rows, each once.
        """
        for key in _SYMBOLS:
            self._symbol(key)
        paths = self._vocabularies
        sides = (_names(paths[0]), _names(paths[-1]))
        for names, num_rows, path in zip(
            sides, self.header.num_rows, (paths[0], paths[-1]), strict=True
        ):
            if len(names) != num_rows:
                raise InputError(
                    f"{path}: has {len(names):,} names for {num_rows:,} rows of {ENGINE_FILE}; "
                    f"{_MEND}"
                )
        if (eos := self.end) not in sides[1]:
            raise InputError(
                f"{paths[-1]}: lacks the end of sentence {eos!r} that {CONFIG} names, so that no "
                f"translation would end; {_MEND}"
            )
        return sides

    def tokenizer(self, conventions: Conventions = PLAIN) -> Tokenizer:
        """The tokenizer of the network.

        Raises `InputError` unless the rows of the network have the names that it gives them.
        """
        place = self.beside or self.path
        tokenizer = open_tokenizer(place, self._stored_ids(place), conventions)
        for codec, names in zip((tokenizer.source, tokenizer.target), self.names, strict=True):
            for number, (name, row) in enumerate(zip(codec.names, names, strict=False)):
                if name != row and name != nameless(number):
                    raise InputError(
                        f"{self.path}: row {number:,} is {row!r}, but the tokenizer in {place} has "
                        f"{name!r} there, so that every text would be another one; give the "
                        "tokenizer of the network, or convert the network again"
                    )
        _ = self.around(tokenizer.frame)
        return tokenizer

    def around(self, frame: Frame) -> tuple[list[str], list[str]]:
        """The names to give it before and behind the pieces of a source.

        What it adds by itself is not among them: a conversion of Marian's own files adds the end of
        sentence. Raises `InputError` where it adds another symbol than the tokenizer.
        """
        read, _ = self.names
        before = [read[number] for number in frame.source_before]
        after = [read[number] for number in frame.source_after]
        if self.config.get("add_source_bos"):
            self._check_added("bos_token", before[:1], "first")
            del before[0]
        if self.config.get("add_source_eos"):
            self._check_added("eos_token", after[-1:], "last")
            del after[-1]
        return before, after

    def _check_added(self, key: str, ours: list[str], place: str) -> None:
        if ours != [self._symbol(key)]:
            raise InputError(
                f"{self.path / CONFIG}: has CTranslate2 add {self._symbol(key)!r} to every source, "
                f"but by the tokenizer the {place} symbol is "
                f"{repr(ours[0]) if ours else 'a piece of the text'}; {_MEND}"
            )

    def _stored_ids(self, place: Path) -> StoredIds:
        """What its files say of ids. Where pad has no row, it is as if a last one had been dropped,
        as it is from Marian's."""
        read, said = self.names
        settings = _object(place / SETTINGS)
        kind = _object(place / CONFIG).get("model_type") or _KINDS.get(
            str(settings.get("tokenizer_class", "")).removesuffix("Fast"), ""
        )
        symbol = settings.get("pad_token") or "<pad>"
        pad = symbol["content"] if isinstance(symbol, dict) else symbol
        has_pad = pad in said
        start = self.start if has_pad else None
        return StoredIds(
            model_type=kind,
            source_rows=len(read) + (not has_pad),
            target_rows=len(said) + (not has_pad),
            pad=said.index(pad) if has_pad else len(said),
            eos=said.index(self.end),
            decoder_start=said.index(start) if start in said else len(said),
            forced_bos=forced_bos(place),
        )

    @property
    def end(self) -> str:
        """The symbol that ends a sentence."""
        return str(self._symbol("eos_token"))

    def _symbol(self, key: str) -> str | None:
        name = self.config.get(key)
        if not isinstance(name, str) and not (name is None and key in _MAY_LACK):
            raise InputError(
                f"{self.path / CONFIG}: {key} is {shown(name)}, with which CTranslate2 loads no "
                "network; write the name of that symbol there, such as '<s>'"
            )
        return name

    @property
    def _vocabularies(self) -> tuple[Path, ...]:
        if (self.path / SHARED).is_file():
            return (self.path / SHARED,)
        return tuple(self._file(name) for name in SIDES)

    def _file(self, name: str) -> Path:
        path = self.path / name
        if not path.is_file():
            wanted = f"{SHARED}, or {' and '.join(SIDES)}" if name in SIDES else name
            raise InputError(
                f"{self.path}: holds {ENGINE_FILE} of CTranslate2, but {wanted} is missing; "
                "take all files of the conversion"
            )
        return path


def _names(path: Path) -> tuple[str, ...]:
    try:
        names = json.loads(read_input(path))
    except (ValueError, RecursionError):
        names = None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise InputError(f"{path}: not a list of names in JSON; {_MEND}")
    return tuple(names)


def _object(path: Path) -> dict[str, Any]:
    return read_json_object(path) if path.is_file() else {}
