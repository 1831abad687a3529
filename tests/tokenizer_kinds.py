"""Tiny tokenizers of every kind, trained and stored as transformers stores them, and its own
classes to compare with."""

import io
import json
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import sentencepiece
from tokenizers import ByteLevelBPETokenizer
from transformers import (
    BartTokenizer,
    M2M100Tokenizer,
    MarianTokenizer,
    MBart50Tokenizer,
    MBartTokenizer,
    NllbTokenizer,
    PreTrainedTokenizerBase,
    T5Tokenizer,
)
from transformers.models.nllb.tokenization_nllb import FAIRSEQ_LANGUAGE_CODES as CODES_OF_NLLB

from ticketscope.corpus import grammar
from ticketscope.networks.tokenizers import StoredIds
from ticketscope.text.tokenizer import Conventions

PAIRS = list(grammar.pairs("train", 300, 1))
SENTENCES = [text for pair in PAIRS for text in pair]
NOTHING_SAID = Conventions()


@dataclass(frozen=True)
class Kind:
    """A kind of tokenizer.

    Args:
        write: its files into a folder; what config.json would say of ids.
        oracle: transformers' tokenizer of the folder, in the languages of `conventions`.
        conventions: what the user says.
    """

    write: Callable[[Path], StoredIds]
    oracle: Callable[[Path], PreTrainedTokenizerBase]
    conventions: Conventions = NOTHING_SAID


@cache
def sentencepiece_model(
    language: int | None = None, kind: str = "unigram", vocab_size: int = 300, **options: object
) -> bytes:
    """The bytes of a model of both languages, or of English (0) or German (1) alone."""
    texts = SENTENCES if language is None else [pair[language] for pair in PAIRS]
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(texts),
        model_writer=model,
        model_type=kind,
        vocab_size=vocab_size,
        minloglevel=5,
        num_threads=1,
        **{
            key: list(value) if isinstance(value, tuple) else value
            for key, value in options.items()
        },
    )
    return model.getvalue()


def pieces_of(model: bytes) -> list[tuple[str, float]]:
    """Names and scores."""
    processor = sentencepiece.SentencePieceProcessor(model_proto=model)
    return [(processor.id_to_piece(n), processor.get_score(n)) for n in range(len(processor))]


def write_json(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def edit_json(path: Path, **entries: object) -> None:
    write_json(path, json.loads(path.read_text(encoding="utf-8")) | entries)


# ----------------------------------------------------------------------------- Marian

TAGS = (">>deu<<", ">>fra<<")


def write_marian(folder: Path, *, tags: tuple[str, ...] = (), separate: bool = False) -> StoredIds:
    """As opus-mt: the models of the two sides differ."""
    names: list[list[str]] = []
    for language, side in enumerate(("source", "target")):
        model = sentencepiece_model(language)
        (folder / f"{side}.spm").write_bytes(model)
        names.append([name for name, _ in pieces_of(model)[3:]])
    if not separate:
        names = [[*names[0], *names[1]]] * 2
    ids = [
        {
            name: number
            for number, name in enumerate(dict.fromkeys(["</s>", "<unk>", *side, *tags, "<pad>"]))
        }
        for side in names
    ]
    # transformers' config.json has one pad for either side.
    size = max(map(len, ids))
    for side in ids:
        side["<pad>"] = size - 1
    write_json(folder / "vocab.json", ids[0])
    if separate:
        write_json(folder / "target_vocab.json", ids[1])
    write_json(
        folder / "tokenizer_config.json",
        {"tokenizer_class": "MarianTokenizer", "separate_vocabs": separate},
    )
    return StoredIds("marian", size, size, pad=size - 1, eos=0, decoder_start=size - 1)


def marian_oracle(folder: Path) -> PreTrainedTokenizerBase:
    with warnings.catch_warnings():
        # The class asks for sacremoses when made; encoding does not use it.
        warnings.filterwarnings("ignore", "Recommended: pip install sacremoses")
        return MarianTokenizer.from_pretrained(folder)


# ----------------------------------------------------------------------------- with language codes


def write_m2m100(folder: Path) -> StoredIds:
    model = sentencepiece_model(kind="bpe")
    (folder / "sentencepiece.bpe.model").write_bytes(model)
    names = ["<s>", "<pad>", "</s>", "<unk>", *(name for name, _ in pieces_of(model)[3:])]
    write_json(folder / "vocab.json", {name: number for number, name in enumerate(names)})
    rows = len(names) + 108
    return StoredIds("m2m_100", rows, rows, pad=1, eos=2, decoder_start=2)


def write_nllb(folder: Path, *, legacy: bool = False) -> StoredIds:
    """With a post-processor of the other way of writing codes, as that of old files."""
    names = [name for name, _ in pieces_of(sentencepiece_model(kind="bpe"))[3:]]
    ids = {name: n for n, name in enumerate(["<s>", "<pad>", "</s>", "<unk>", *names])}
    merges = [
        (name[:cut], name[cut:])
        for name in names
        for cut in range(1, len(name))
        if name[:cut] in ids and name[cut:] in ids
    ]
    tokenizer = NllbTokenizer(
        vocab=ids,
        merges=merges,
        extra_special_tokens=CODES_OF_NLLB,
        legacy_behaviour=not legacy,
        src_lang="eng_Latn",
        tgt_lang="deu_Latn",
    )
    tokenizer.save_pretrained(folder)
    edit_json(folder / "tokenizer_config.json", legacy_behaviour=legacy)
    rows = len(tokenizer) + 2
    return StoredIds("m2m_100", rows, rows, pad=1, eos=2, decoder_start=2)


def _fairseq_pieces() -> list[tuple[str, float]]:
    specials = [(name, 0.0) for name in ("<s>", "<pad>", "</s>", "<unk>")]
    return [*specials, *pieces_of(sentencepiece_model())[3:]]


def write_mbart(folder: Path) -> StoredIds:
    tokenizer = MBartTokenizer(vocab=_fairseq_pieces(), src_lang="en_XX", tgt_lang="de_DE")
    tokenizer.save_pretrained(folder)
    return StoredIds("mbart", len(tokenizer), len(tokenizer), pad=1, eos=2, decoder_start=None)


def write_mbart50(folder: Path) -> StoredIds:
    tokenizer = MBart50Tokenizer(
        vocab=pieces_of(sentencepiece_model()), src_lang="en_XX", tgt_lang="de_DE"
    )
    tokenizer.save_pretrained(folder)
    return StoredIds("mbart", len(tokenizer), len(tokenizer), pad=1, eos=2, decoder_start=2)


# ----------------------------------------------------------------------------- without codes


def write_bart(folder: Path) -> StoredIds:
    tokenizer = ByteLevelBPETokenizer()
    tokenizer.train_from_iterator(
        SENTENCES,
        vocab_size=400,
        special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"],
        show_progress=False,
    )
    tokenizer.save_model(str(folder))
    return StoredIds("bart", 400, 400, pad=1, eos=2, decoder_start=2, forced_bos=0)


def write_bart_json(folder: Path) -> StoredIds:
    stored = write_bart(folder)
    BartTokenizer.from_pretrained(folder).save_pretrained(folder)
    (folder / "vocab.json").unlink()
    return stored


_T5_IDS = {"pad_id": 0, "eos_id": 1, "unk_id": 2, "bos_id": -1}


def write_t5(folder: Path) -> StoredIds:
    """More rows than ids, as every T5."""
    T5Tokenizer(vocab=pieces_of(sentencepiece_model(**_T5_IDS)), extra_ids=0).save_pretrained(
        folder
    )
    return StoredIds("t5", 384, 384, pad=0, eos=1, decoder_start=0)


def write_madlad(folder: Path) -> StoredIds:
    """T5 with the ids of another layout: unknown 0, end of sentence 2, tags among the pieces."""
    model = sentencepiece_model(user_defined_symbols=("<2de>", "<2fr>"))
    (folder / "spiece.model").write_bytes(model)
    return StoredIds("t5", 320, 320, pad=1, eos=2, decoder_start=0)


EN_DE = {
    "m2m100": Conventions("en", "de"),
    "nllb": Conventions("eng_Latn", "deu_Latn"),
    "mbart": Conventions("en_XX", "de_DE"),
}


def _in_languages(
    kind: type[PreTrainedTokenizerBase], conventions: Conventions
) -> Callable[[Path], PreTrainedTokenizerBase]:
    return lambda folder: kind.from_pretrained(
        folder, src_lang=conventions.source_code, tgt_lang=conventions.target_code
    )


KINDS: dict[str, Kind] = {
    "marian": Kind(write_marian, marian_oracle),
    "marian_separate": Kind(lambda folder: write_marian(folder, separate=True), marian_oracle),
    "m2m100": Kind(write_m2m100, _in_languages(M2M100Tokenizer, EN_DE["m2m100"]), EN_DE["m2m100"]),
    "nllb": Kind(write_nllb, _in_languages(NllbTokenizer, EN_DE["nllb"]), EN_DE["nllb"]),
    "nllb_legacy": Kind(
        lambda folder: write_nllb(folder, legacy=True),
        _in_languages(NllbTokenizer, EN_DE["nllb"]),
        EN_DE["nllb"],
    ),
    "mbart": Kind(write_mbart, _in_languages(MBartTokenizer, EN_DE["mbart"]), EN_DE["mbart"]),
    "mbart50": Kind(write_mbart50, _in_languages(MBart50Tokenizer, EN_DE["mbart"]), EN_DE["mbart"]),
    "bart": Kind(write_bart, BartTokenizer.from_pretrained),
    "bart_json": Kind(write_bart_json, BartTokenizer.from_pretrained),
    "t5": Kind(write_t5, T5Tokenizer.from_pretrained),
}
