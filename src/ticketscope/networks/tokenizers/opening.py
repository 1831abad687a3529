"""The tokenizer of a model directory, in the frame that network and conventions give.

Nothing here runs code of the directory: the libraries `sentencepiece` and `tokenizers` read the
files that say how a text is cut, and the classes of transformers serve the tests as an oracle.
"""

from dataclasses import dataclass, replace
from pathlib import Path

from ticketscope.config import digest
from ticketscope.errors import InputError
from ticketscope.networks.tokenizers.codes import Place, check_tags, id_of_code, refuse_codes
from ticketscope.networks.tokenizers.kinds import read_stored
from ticketscope.networks.tokenizers.piece_codec import PieceCodec
from ticketscope.networks.tokenizers.piece_model import PieceModel
from ticketscope.networks.tokenizers.stored_tokenizer import StoredTokenizer
from ticketscope.text.input_files import read_json_object
from ticketscope.text.tokenizer import Conventions, Frame, Tokenizer


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


def forced_bos(directory: Path) -> int | None:
    """What generation is told to say first, of the generation config or of config.json."""
    stored = [
        read_json_object(path).get("forced_bos_token_id")
        for path in (directory / "generation_config.json", directory / "config.json")
        if path.is_file()
    ]
    return next((number for number in stored if isinstance(number, int)), None)


def open_tokenizer(directory: Path, stored: StoredIds, conventions: Conventions) -> Tokenizer:
    """The tokenizer in `directory`, in the frame that network and conventions give.

    Only the files of the kinds known here are read, and nothing in them can name code to run or a
    place to fetch from.

    Raises `InputError` of one line for files that are missing, damaged or do not fit the network,
    and for conventions that do not fit the tokenizer: a language code that it does not know, one
    that is missing where it needs one or given where it has none, a prefix that merges with text.
    """
    files = read_stored(directory, stored.model_type, stored.source_rows, conventions.prefix)
    _check_rows(files.source, stored.source_rows, "encoder", files.path)
    _check_rows(files.target, stored.target_rows, "decoder", files.path)
    check_tags(conventions.prefix, files.source.ids, files.path)
    tag, prefix = _tag_and_rest(files, conventions.prefix)
    source = PieceCodec(files.source, stored.source_rows, prefix)
    same = files.target is files.source and not prefix
    target = source if same else PieceCodec(files.target, stored.target_rows)
    bare = _frame(files, stored, conventions)
    frame = replace(bare, source_before=(*bare.source_before, *tag, *source.head))
    _check_frame(frame, stored, files.path)
    return Tokenizer(
        source=source,
        target=target,
        frame=frame,
        digest=digest(
            {
                "source": files.source.identity,
                "target": files.target.identity,
                "prefix": prefix,
                "source_frame": [frame.source_before, frame.source_after],
                "target_frame": [frame.target_before, frame.target_after],
            }
        ),
        name=_described(files, stored),
    )


def _tag_and_rest(files: StoredTokenizer, prefix: str) -> tuple[tuple[int, ...], str]:
    """The id of a tag that is taken off in front, and the text behind it."""
    if not (files.takes_tag and prefix.startswith(">>") and "<<" in prefix):
        return (), prefix
    end = prefix.index("<<") + 2
    tag = prefix[:end]
    if tag not in files.source.ids:
        raise InputError(f"prefix: {files.path} has no symbol {tag}; write it as that file does")
    return (files.source.ids[tag],), prefix[end:]


# ----------------------------------------------------------------------------- the frame


def _frame(files: StoredTokenizer, stored: StoredIds, conventions: Conventions) -> Frame:
    """The special ids around the pieces of either side, without those of a prefix."""
    pad = _given("pad_token_id", stored.pad, files.path)
    eos = _end_of_sentence(files, stored)
    around = Frame(
        pad=pad,
        source_before=(),
        source_after=(files.source.ids[files.eos],),
        target_before=(),
        target_after=(eos,),
        labels=_labels(stored, pad),
    )
    if files.codes is None:
        refuse_codes(conventions, files.path)
        return _without_codes(around, files, stored)
    spoken = id_of_code("source_code", conventions.source_code, files.codes, files.path)
    wanted = id_of_code("target_code", conventions.target_code, files.codes, files.path)
    if files.codes.place is Place.IN_FRONT:
        around = replace(around, source_before=(spoken,))
    else:
        around = replace(around, source_after=(*around.source_after, spoken))
    if files.codes.place is Place.AS_START:
        return replace(around, target_before=(wanted,))
    start = _given("decoder_start_token_id", stored.decoder_start, files.path)
    return replace(around, target_before=(start, wanted))


def _without_codes(frame: Frame, files: StoredTokenizer, stored: StoredIds) -> Frame:
    """What the stored tokenizer itself puts around a text, and a first symbol that is forced."""
    before, after = files.source.around
    if after and not set(after) & set(frame.source_after):
        raise InputError(
            f"{files.path}: puts {after} behind a text, but the end of sentence {files.eos!r} has "
            f"the id {frame.source_after[0]}; take the tokenizer that was stored with the network"
        )
    start = _given("decoder_start_token_id", stored.decoder_start, files.path)
    told, _ = files.target.around
    forced = () if stored.forced_bos is None else (stored.forced_bos,)
    if forced and told and forced != told:
        raise InputError(
            f"{files.path}: puts {told} before a text, but generation is told to begin with "
            f"{forced[0]} (forced_bos_token_id); mend whichever is wrong"
        )
    return replace(
        frame,
        source_before=before,
        # A tokenizer.json of T5 may leave the end to the class, which adds it.
        source_after=after or frame.source_after,
        target_before=(start, *(told or forced)),
    )


def _end_of_sentence(files: StoredTokenizer, stored: StoredIds) -> int:
    eos = _given("eos_token_id", stored.eos, files.path)
    for model in (files.source, files.target):
        if files.eos not in model.ids:
            raise InputError(
                f"{files.path}: has no {files.eos!r}, the end of sentence; take the tokenizer that "
                "was stored with the network"
            )
    if (found := files.target.ids[files.eos]) != eos:
        raise InputError(
            f"{files.path}: the end of sentence {files.eos!r} has the id {found}, but config.json "
            f"says {eos} (eos_token_id); take the tokenizer that was stored with the network"
        )
    if eos == files.target.unknown:
        raise InputError(
            f"{files.path}: the unknown symbol has the id of the end of sentence ({eos}), so that "
            "an unknown character would end a sentence; take the tokenizer that was stored with "
            "the network"
        )
    return eos


def _labels(stored: StoredIds, pad: int) -> tuple[int, int]:
    """Marian's pad is last and never said; CTranslate2 drops its row."""
    is_last = stored.model_type == "marian" and pad == stored.target_rows - 1
    return (0, pad) if is_last else (0, stored.target_rows)


# ----------------------------------------------------------------------------- the checks


def _given(key: str, number: int | None, path: Path) -> int:
    if number is None:
        raise InputError(
            f"{path.parent / 'config.json'}: {key} is missing; take the config.json that was "
            "stored with the weights"
        )
    return number


def _check_rows(model: PieceModel, num_rows: int, side: str, path: Path) -> None:
    """Raise `InputError` for an id beyond the embedding that a text can have."""
    beyond = {
        name: number
        for name, number in model.ids.items()
        if number >= num_rows and name not in model.special
    }
    if beyond:
        name = min(beyond, key=lambda name: beyond[name])
        raise InputError(
            f"{path}: {name!r} has the id {beyond[name]:,}, but the embedding of the {side} has "
            f"{num_rows:,} rows; take the tokenizer that was stored with the network"
        )


def _check_frame(frame: Frame, stored: StoredIds, path: Path) -> None:
    """Raise `InputError` for a special id beyond the embedding."""
    sides = {
        "encoder": ((*frame.source_before, *frame.source_after, frame.pad), stored.source_rows),
        "decoder": ((*frame.target_before, *frame.target_after, frame.pad), stored.target_rows),
    }
    for side, (ids, num_rows) in sides.items():
        if (largest := max(ids)) >= num_rows:
            raise InputError(
                f"{path}: a special symbol or language code has the id {largest:,}, but the "
                f"embedding of the {side} has {num_rows:,} rows; where a vocabulary was trimmed, "
                "its tokenizer must have been saved without the codes that were left out"
            )


def _described(files: StoredTokenizer, stored: StoredIds) -> str:
    """The class, and what a reader should know of files and rows."""
    sides = {"": (files.source, stored.source_rows)}
    if files.target is not files.source:
        sides = {
            "source ": (files.source, stored.source_rows),
            "target ": (files.target, stored.target_rows),
        }
    remarks = []
    for side, (model, num_rows) in sides.items():
        remarks += [side + remark for remark in model.remarks]
        nameless = num_rows - len({number for number in model.ids.values() if number < num_rows})
        if nameless:
            remarks.append(f"{nameless:,} {side}rows without a piece")
    return f"{files.name} ({'; '.join(remarks)})" if remarks else files.name
