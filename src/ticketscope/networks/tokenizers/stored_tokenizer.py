"""What the files of a directory say of a tokenizer, before a network and a user are heard."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from ticketscope.errors import InputError
from ticketscope.networks.tokenizers.codes import Codes
from ticketscope.networks.tokenizers.piece_model import PieceModel
from ticketscope.text.input_files import read_json_object

SETTINGS: Final = "tokenizer_config.json"


@dataclass(frozen=True)
class StoredTokenizer:
    """What the files of a directory say.

    Args:
        path: the file that is named in messages.
        name: the class of transformers' that reads such files.
        source, target: the models of pieces; those of a joint vocabulary may be one and the same.
        eos: name of the end of sentence.
        codes: the language codes; None where there are none.
        takes_tag: whether a tag in front of a text (``>>deu<<``) is taken off before the text is
            cut, as MarianTokenizer does.
    """

    path: Path
    name: str
    source: PieceModel
    target: PieceModel
    eos: str
    codes: Codes | None = None
    takes_tag: bool = False


@dataclass(frozen=True)
class Directory:
    """Where to read, and what is known before."""

    path: Path
    model_type: str
    num_rows: int
    prefix: str
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def class_name(self) -> str:
        """Of tokenizer_config.json; the fast class of version 4 is the class of version 5."""
        return str(self.settings.get("tokenizer_class") or "").removesuffix("Fast")

    def symbol(self, role: str, default: str) -> str:
        """The name of a special symbol: a text, or an object with a content."""
        stored = self.settings.get(role)
        name = stored.get("content") if isinstance(stored, dict) else stored
        return name if isinstance(name, str) else default

    def ids(self, name: str) -> dict[str, int]:
        """A vocabulary: names and their rows."""
        path = self.path / name
        ids = read_json_object(path)
        seen: dict[int, str] = {}
        for piece, number in ids.items():
            if type(number) is not int or number < 0:
                raise InputError(f"{path}: {piece!r} has no row ({number!r}); get the file again")
            if number in seen:
                raise InputError(
                    f"{path}: {piece!r} and {seen[number]!r} have the same row {number}; take the "
                    "file that was stored with the network"
                )
            seen[number] = piece
        for needed in (self.symbol("unk_token", "<unk>"), self.symbol("eos_token", "</s>")):
            if needed not in ids:
                raise InputError(
                    f"{path}: lacks {needed!r}; take the file that was stored with the network"
                )
        return ids

    def check_added(self, ids: Mapping[str, int], path: Path) -> None:
        """Raise `InputError` for a symbol that was added to the vocabulary later and has another
        row than in `ids`, or none: a text with it would be cut in another way than in training. A
        special symbol without a row is no matter, since no text becomes one."""
        for name, number, is_special in self._added():
            if ids.get(name) != number and not (is_special and name not in ids):
                raise InputError(
                    f"{self.path}: {name!r} was added with the row {number}, which is not what "
                    f"{path.name} says; such symbols are read from a tokenizer.json only"
                )

    def _added(self) -> Iterator[tuple[str, object, bool]]:
        """Name, row, and whether it is special, of symbols that version 5 or older ones added."""
        stored = self.settings.get("added_tokens_decoder")
        for row, token in stored.items() if isinstance(stored, dict) else ():
            if isinstance(token, dict) and isinstance(token.get("content"), str):
                number = int(row) if row.isdecimal() else row
                yield token["content"], number, bool(token.get("special"))
        older = self.path / "added_tokens.json"
        if not stored and older.is_file():
            for name, number in read_json_object(older).items():
                yield name, number, False
