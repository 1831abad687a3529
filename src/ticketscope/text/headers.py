"""Whether the first line of a table has the names of its columns and is no pair of sentences."""

from collections.abc import Iterable

_ROLE_WORDS = """
source src target tgt trg translation sentence sentences text reference ref hypothesis
source_text target_text src_text tgt_text source_sentence target_sentence
phenomenon category right wrong correct incorrect good bad contrastive
"""
_LANGUAGE_WORDS = """
arabic chinese czech danish dutch english finnish french german greek hebrew hindi hungarian
indonesian italian japanese korean norwegian persian polish portuguese romanian russian spanish
swedish turkish ukrainian vietnamese
deutsch français español italiano nederlands polski português русский svenska
ar cs da de el en es fa fi fr he hi hu id it ja ko nl no pl pt ro ru sv tr uk vi zh
ces cze deu dut eng fin fra fre ger ita jpn kor nld pol por rus spa swe tur ukr zho
"""
_ROLES, _LANGUAGES = frozenset(_ROLE_WORDS.split()), frozenset(_LANGUAGE_WORDS.split())


def names_columns(cells: Iterable[str], languages: Iterable[str] = ()) -> bool:
    """Whether each cell is a usual name of a column: a role such as ``source`` or
    ``tgt``, a language or its code (``English``, ``en``, ``de_DE``), or one of `languages`."""
    known = _ROLES | _LANGUAGES | {language.lower() for language in languages}
    return all(_is_name(cell.strip().strip("#\"'").lower(), known) for cell in cells)


def _is_name(cell: str, known: frozenset[str]) -> bool:
    return cell in known or cell.replace("-", "_").partition("_")[0] in known & _LANGUAGES
