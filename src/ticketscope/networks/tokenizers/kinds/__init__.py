"""Which files of a directory make a tokenizer.

The files decide how a text is cut; the class of transformers' that tokenizer_config.json names
decides no more than where a language code stands. A further kind is a module here, and its line in
`KINDS`.
"""

from collections.abc import Callable
from pathlib import Path

from ticketscope.errors import InputError
from ticketscope.networks.tokenizers.kinds.byte_level_files import read_byte_level
from ticketscope.networks.tokenizers.kinds.fairseq_file import read_fairseq
from ticketscope.networks.tokenizers.kinds.json_file import read_tokenizer_json
from ticketscope.networks.tokenizers.kinds.m2m100_files import read_m2m100
from ticketscope.networks.tokenizers.kinds.marian_files import read_marian
from ticketscope.networks.tokenizers.kinds.t5_file import read_t5
from ticketscope.networks.tokenizers.stored_tokenizer import SETTINGS, Directory, StoredTokenizer
from ticketscope.text.input_files import read_json_object

KINDS: dict[tuple[str, ...], Callable[[Directory], StoredTokenizer]] = {
    ("source.spm", "target.spm", "vocab.json"): read_marian,
    ("sentencepiece.bpe.model", "vocab.json"): read_m2m100,
    ("tokenizer.json",): read_tokenizer_json,
    ("vocab.json", "merges.txt"): read_byte_level,
    ("sentencepiece.bpe.model",): read_fairseq,
    ("spiece.model",): read_t5,
}
"""By the files that are needed; the first whose files are all there."""

CLASSES = frozenset(
    {
        *("MarianTokenizer", "M2M100Tokenizer", "NllbTokenizer", "MBartTokenizer"),
        *("MBart50Tokenizer", "BartTokenizer", "RobertaTokenizer", "T5Tokenizer", "MT5Tokenizer"),
        # Classes that say nothing beyond the file.
        *("", "PreTrainedTokenizer", "TokenizersBackend"),
    }
)
"""The classes of transformers' whose way with text is known here."""


def read_stored(directory: Path, model_type: str, num_rows: int, prefix: str) -> StoredTokenizer:
    """What the files of a directory say. `num_rows` are those of the embedding of the encoder.

    Raises `InputError` for files that are missing or damaged.
    """
    stored = directory / SETTINGS
    settings = read_json_object(stored) if stored.is_file() else {}
    place = Directory(directory, model_type, num_rows, prefix, settings)
    if settings.get("auto_map"):
        raise InputError(
            f"{stored}: auto_map is not supported: code from elsewhere is never fetched or run; "
            "store the tokenizer as a tokenizer.json, and take the entry out"
        )
    if place.class_name not in CLASSES:
        raise InputError(
            f"{stored}: tokenizer_class is {place.class_name}, which is not known here; store the "
            "tokenizer as one of " + ", ".join(sorted(CLASSES - {""}))
        )
    for files, read in KINDS.items():
        if all((directory / name).is_file() for name in files):
            return read(place)
    wanted = "; ".join(" + ".join(files) for files in KINDS)
    raise InputError(
        f"{directory}: has no tokenizer; store the files of one beside the network: {wanted}"
    )
