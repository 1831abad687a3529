"""A tokenizer.json, and where a language code stands around what it says."""

from pathlib import Path
from typing import Final

from ticketscope.errors import InputError
from ticketscope.networks.tokenizers.codes import Codes, Place, named_codes
from ticketscope.networks.tokenizers.stored_tokenizer import SETTINGS, Directory, StoredTokenizer
from ticketscope.networks.tokenizers.tokenizer_file import TokenizerFile
from ticketscope.text.input_files import read_json_object

TOKENIZER: Final = "tokenizer.json"


def read_tokenizer_json(place: Directory) -> StoredTokenizer:
    """Pieces and ids by the file, for either side."""
    path = place.path / TOKENIZER
    model = TokenizerFile(read_json_object(path), path, place.prefix)
    return StoredTokenizer(
        path=path,
        name=place.class_name or TOKENIZER,
        source=model,
        target=model,
        eos=place.symbol("eos_token", "</s>"),
        codes=_codes_of(place, model, path),
    )


def _codes_of(place: Directory, model: TokenizerFile, path: Path) -> Codes | None:
    """The language codes of a tokenizer.json. Where one stands is up to the class that is named,
    since a stored post-processor may be that of an older version; without one the file is asked."""
    codes = named_codes(model.ids)
    where = {
        "NllbTokenizer": (
            Place.BEHIND_SOURCE if place.settings.get("legacy_behaviour") else Place.IN_FRONT
        ),
        "MBart50Tokenizer": Place.IN_FRONT,
        "MBartTokenizer": Place.AS_START,
    }.get(place.class_name)
    if where and not codes:
        raise InputError(
            f"{path}: has no language codes, which {place.class_name} needs; take the "
            "tokenizer.json that was stored with the network"
        )
    if where or not codes or place.model_type not in ("m2m_100", "mbart"):
        return Codes(codes, where) if where else None
    before, after = (set(ids) & set(codes.values()) for ids in model.around)
    if not before and not after:
        raise InputError(
            f"{path}: does not say where the language code stands; name the tokenizer_class in "
            f"{SETTINGS}, such as NllbTokenizer or MBart50Tokenizer"
        )
    behind = Place.AS_START if place.model_type == "mbart" else Place.BEHIND_SOURCE
    return Codes(codes, Place.IN_FRONT if before else behind)
