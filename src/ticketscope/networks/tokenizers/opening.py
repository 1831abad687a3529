"""The tokenizer of a model directory, by the kind of model it belongs to."""

from dataclasses import dataclass
from pathlib import Path

from ticketscope.text.tokenizer import Conventions, Tokenizer


@dataclass(frozen=True)
class StoredIds:
    """What config.json and the weights say of ids.

    Args:
        model_type: of config.json: ``marian``, ``m2m_100``, ``mbart``, ``bart``, ``t5``, ``mt5``,
            ``umt5``.
        source_rows, target_rows: of the embeddings of the encoder and the decoder.
        pad, eos, decoder_start: ids of config.json; None where it has none.
        forced_bos: what generation is told to say first, of config.json or of the generation
            config; None where nothing is forced.
    """

    model_type: str
    source_rows: int
    target_rows: int
    pad: int | None
    eos: int | None
    decoder_start: int | None
    forced_bos: int | None = None


def open_tokenizer(directory: Path, stored: StoredIds, conventions: Conventions) -> Tokenizer:
    """The tokenizer in `directory`, in the frame that network and conventions give.

    Only the files of the kinds known here are read, and nothing in them can name code to run or a
    place to fetch from.

    Raises `InputError` of one line for files that are missing, damaged or do not fit the network,
    and for conventions that do not fit the tokenizer: a language code that it does not know, one
    that is missing where it needs one or given where it has none, a prefix that merges with text.
    """
    raise NotImplementedError
