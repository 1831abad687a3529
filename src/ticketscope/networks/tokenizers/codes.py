"""Language codes: which a tokenizer knows, and where they stand in a sentence."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum
from pathlib import Path

from ticketscope.errors import InputError
from ticketscope.text.tokenizer import Conventions


class Place(Enum):
    """Where the codes stand; the pieces of a sentence are ``A``."""

    IN_FRONT = "code A </s>; the decoder is fed its start symbol and then the code"
    BEHIND_SOURCE = "A </s> code; the decoder is fed its start symbol and then the code"
    AS_START = "A </s> code; the decoder starts with the code"


@dataclass(frozen=True)
class Codes:
    """The codes of a tokenizer.

    Args:
        ids: by code, as the user writes it.
        place: where they stand.
    """

    ids: Mapping[str, int]
    place: Place


_LANGUAGE_CODE = re.compile(r"[a-z]{2,3}_[A-Z][A-Za-z]{1,3}")  # eng_Latn, en_XX
_TAG = re.compile(r">>[^<>\s]*<<|<2[^<>\s]*>")  # >>deu<<, <2de>


def named_codes(names: Mapping[str, int]) -> dict[str, int]:
    """Those of the names that are codes as NLLB and mBART write them."""
    return {name: number for name, number in names.items() if _LANGUAGE_CODE.fullmatch(name)}


def id_of_code(which: str, code: str, codes: Codes, path: Path) -> int:
    """The id of a code that the user gave as `which` (source_code, target_code).

    Raises `InputError` if it is missing, or not one of those that the tokenizer knows.
    """
    if code in codes.ids:
        return codes.ids[code]
    num = len(codes.ids)
    close = [known for known in sorted(codes.ids) if code and known.startswith(code)][:3]
    close = close or get_close_matches(code, codes.ids, n=3, cutoff=0.4)
    known = ", ".join(close or sorted(codes.ids)[:3])
    if not code:
        raise InputError(
            f"{which} is missing: {path} needs a language code; give one of the {num} that it "
            f"knows, such as {known}"
        )
    raise InputError(
        f"{which}: {path} does not know the language code {code!r}; give one of the {num} that "
        f"it knows, such as {known}"
    )


def refuse_codes(conventions: Conventions, path: Path) -> None:
    """Raise `InputError` for a code where the tokenizer has none."""
    given = {"source_code": conventions.source_code, "target_code": conventions.target_code}
    for which, code in given.items():
        if code:
            raise InputError(
                f"{which}: {path} has no language codes; leave {code!r} out, or give a prefix if "
                "the network was trained with one"
            )


def check_tags(prefix: str, names: Collection[str], path: Path) -> None:
    """Raise `InputError` for a tag of the target language, ``>>deu<<`` or ``<2de>``, that is not
    one symbol, and where there are several such symbols and none is given."""
    tags = sorted(name for name in names if _TAG.fullmatch(name))
    given = _TAG.findall(prefix)
    for tag in given:
        if tag not in tags:
            known = ", ".join(get_close_matches(tag, tags, n=3, cutoff=0.4) or tags[:3])
            raise InputError(
                f"prefix: {path} has no symbol {tag}"
                + (f"; give one of its {len(tags)}, such as {known}" if tags else ", nor any tag")
            )
    if len(tags) > 1 and not given:
        raise InputError(
            f"prefix is missing: {path} has {len(tags)} target languages; give the tag of one, "
            f"such as '{tags[0]} '"
        )
