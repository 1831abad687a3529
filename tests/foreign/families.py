"""A directory of each family, as it lies on the disks of those who use transformers."""

import json
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from tokenizers import ByteLevelBPETokenizer, decoders, normalizers, pre_tokenizers, processors
from tokenizers import Tokenizer as Backend
from tokenizers.models import Unigram
from transformers import (
    AutoTokenizer,
    BartConfig,
    BartForConditionalGeneration,
    BartTokenizer,
    M2M100Config,
    M2M100ForConditionalGeneration,
    MarianConfig,
    MarianMTModel,
    MarianTokenizer,
    MBart50Tokenizer,
    MBartConfig,
    MBartForConditionalGeneration,
    MBartTokenizer,
    MT5Config,
    MT5ForConditionalGeneration,
    NllbTokenizer,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    T5Config,
    T5ForConditionalGeneration,
    T5Tokenizer,
    UMT5Config,
    UMT5ForConditionalGeneration,
)
from transformers.models.m2m_100.tokenization_m2m_100 import FAIRSEQ_LANGUAGE_CODES

from foreign import pieces
from foreign.pieces import charsmap, scored, sentencepiece_model, write

SOURCE, TARGET = 0, 1
PAD = -1
"""Stands for the id of pad in generation settings, before that is known."""
T5_PREFIX = "translate English to German: "
_SPECIAL = {"bos_token_id": 0, "pad_token_id": 1, "eos_token_id": 2}


@dataclass(frozen=True)
class Foreign:
    """How a family is made and spoken to.

    Args:
        tokenizer: writes the files of the tokenizer into a folder.
        network: an untrained network for that tokenizer.
        generation: the generation settings stored with it, as `generate` takes them.
        stored: entries of config.json that transformers 5.23 would write in another way than the
            hub has them.
        source_code, target_code, prefix: what its user has to give.
        rate: the highest learning rate of training.
    """

    tokenizer: Callable[[Path], None]
    network: Callable[[PreTrainedTokenizerBase], PreTrainedModel]
    generation: dict[str, Any] = field(default_factory=dict)
    stored: dict[str, Any] = field(default_factory=dict)
    source_code: str = ""
    target_code: str = ""
    prefix: str = ""
    rate: float = 4e-3

    def open_tokenizer(self, folder: Path) -> PreTrainedTokenizerBase:
        """The tokenizer of a directory, told its languages as the documentation of transformers
        says."""
        codes = {"src_lang": self.source_code, "tgt_lang": self.target_code}
        return quietly(AutoTokenizer.from_pretrained, folder, **(codes if self.source_code else {}))

    def encode(
        self, tokenizer: PreTrainedTokenizerBase, sources: Sequence[str], targets: Sequence[str]
    ) -> tuple[list[list[int]], list[list[int]]]:
        """Ids of sources and labels of targets, as transformers' users make them."""
        read = tokenizer([self.prefix + text for text in sources], text_target=list(targets))
        return read["input_ids"], read["labels"]


def quietly(function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    """Call without MarianTokenizer's advice to install sacremoses: warnings are errors here."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Recommended: pip install sacremoses")
        return function(*arguments, **options)


def ids_by_name(tokenizer: PreTrainedTokenizerBase) -> tuple[dict[str, int], dict[str, int]]:
    """Ids by name of either side."""
    if isinstance(tokenizer, MarianTokenizer) and tokenizer.separate_vocabs:
        return tokenizer.encoder, tokenizer.target_encoder
    names = tokenizer.get_vocab()
    return names, names


def _json(folder: Path, name: str, content: object) -> Path:
    path = folder / name
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
    return path


# ----------------------------------------------------------------------------- Marian


def _marian_shared(folder: Path) -> None:
    """As opus-mt: two SentencePiece models, one vocabulary; end 0, unknown 1, pad last."""
    models = [sentencepiece_model((side,), size=200) for side in (SOURCE, TARGET)]
    names = dict.fromkeys(name for model in models for name, _ in scored(model)[3:])
    ids = {name: number for number, name in enumerate(["</s>", "<unk>", *sorted(names), "<pad>"])}
    _save_marian(folder, models, ids, {})


def _marian_separate(folder: Path) -> None:
    """Two vocabularies of one size, for the network knows one pad."""
    models = [sentencepiece_model((side,), size=200) for side in (SOURCE, TARGET)]
    names = [[name for name, _ in scored(model)[3:]] for model in models]
    longest = max(map(len, names))
    source, target = (
        {
            name: number
            for number, name in enumerate(
                [
                    "</s>",
                    "<unk>",
                    *side,
                    *(f"<unused{i}>" for i in range(longest - len(side))),
                    "<pad>",
                ]
            )
        }
        for side in names
    )
    _save_marian(folder, models, source, target)


def _save_marian(
    folder: Path, models: list[bytes], source: dict[str, int], target: dict[str, int]
) -> None:
    spm = [
        write(folder, f"{side}.spm", model)
        for side, model in zip(("source", "target"), models, strict=True)
    ]
    vocab = _json(folder, "vocab.json", source)
    separate = (
        {"target_vocab_file": str(_json(folder, "target_vocab.json", target))} if target else {}
    )
    tokenizer = quietly(
        MarianTokenizer,
        source_spm=str(spm[0]),
        target_spm=str(spm[1]),
        vocab=str(vocab),
        source_lang="en",
        target_lang="de",
        separate_vocabs=bool(target),
        **separate,
    )
    tokenizer.save_pretrained(folder)


def _marian(tokenizer: PreTrainedTokenizerBase, separate: bool) -> PreTrainedModel:
    config = MarianConfig(
        **_bart_like(len(tokenizer)),
        decoder_vocab_size=len(tokenizer),
        share_encoder_decoder_embeddings=not separate,
        scale_embedding=True,
        activation_function="swish",
        eos_token_id=0,
        forced_eos_token_id=0,
        pad_token_id=len(tokenizer) - 1,
        decoder_start_token_id=len(tokenizer) - 1,
        bos_token_id=0,
    )
    network = MarianMTModel(config)
    # Marian starts its decoder from nothing: the row of pad is zero, and no gradient reaches it.
    real = torch.ones(len(tokenizer), 1)
    real[-1] = 0.0
    for table in {network.get_encoder().embed_tokens, network.get_decoder().embed_tokens}:
        table.weight.data *= real
        table.weight.register_hook(lambda gradient: gradient * real)
        # As in published networks, where this is the bias of Marian's output layer.
        network.final_logits_bias[0, :-1] = 0.3 * torch.randn(len(tokenizer) - 1)
    return network


def _bart_like(
    size: int, encoder_layers: int = 3, decoder_layers: int = 2, width: int = 48
) -> dict[str, Any]:
    return {
        "vocab_size": size,
        "d_model": width,
        "encoder_layers": encoder_layers,
        "decoder_layers": decoder_layers,
        "encoder_attention_heads": 4,
        "decoder_attention_heads": 4,
        "encoder_ffn_dim": 2 * width,
        "decoder_ffn_dim": 2 * width,
        "max_position_embeddings": 64,
        "dropout": 0.0,
        "attention_dropout": 0.0,
        "activation_dropout": 0.0,
        "init_std": 0.1,
    }


# ----------------------------------------------------------------------------- M2M100 and NLLB


def _m2m100_tokenizer(folder: Path) -> None:
    """The files of the hub. A directory saved by transformers 5.23 lacks the language codes in
    special_tokens_map.json, and `len(tokenizer)` then leaves out the hundred codes."""
    model = sentencepiece_model((SOURCE, TARGET), size=320, kind="bpe")
    names = ["<s>", "<pad>", "</s>", "<unk>", *(name for name, _ in scored(model)[3:])]
    _json(folder, "vocab.json", {name: number for number, name in enumerate(names)})
    write(folder, "sentencepiece.bpe.model", model)
    special = {f"{name}_token": f"<{name}>" for name in ("pad", "unk")}
    special |= {"bos_token": "<s>", "eos_token": "</s>", "sep_token": "</s>"}
    codes = [f"__{code}__" for code in FAIRSEQ_LANGUAGE_CODES["m2m100"]]
    _json(folder, "special_tokens_map.json", {**special, "additional_special_tokens": codes})
    own = {"tokenizer_class": "M2M100Tokenizer", "src_lang": None, "tgt_lang": None}
    _json(folder, "tokenizer_config.json", {**special, **own, "model_max_length": 1024})


def _nllb_tokenizer(folder: Path, size: int = 320) -> None:
    """With the SentencePiece model beside tokenizer.json, as on the hub."""
    model = sentencepiece_model((SOURCE, TARGET), size=size, kind="bpe")
    names = [name for name, _ in scored(model)[3:]]
    ids = {name: n for n, name in enumerate(["<s>", "<pad>", "</s>", "<unk>", *names])}
    tokenizer = NllbTokenizer(
        ids, pieces.merges(names), _spm_precompiled_charsmap=charsmap(model), src_lang="eng_Latn"
    )
    write(folder, "sentencepiece.bpe.model", model)
    tokenizer.save_pretrained(folder)


def _m2m100(tokenizer: PreTrainedTokenizerBase, rows_beyond: int, **shape: int) -> PreTrainedModel:
    return M2M100ForConditionalGeneration(
        M2M100Config(
            **_bart_like(len(tokenizer) + rows_beyond, **shape),
            **_SPECIAL,
            decoder_start_token_id=2,
            scale_embedding=True,
            activation_function="relu",
            encoder_layerdrop=0.0,
            decoder_layerdrop=0.0,
        )
    )


# ----------------------------------------------------------------------------- mBART and BART


def _mbart_tokenizer(kind: type, folder: Path) -> None:
    model = sentencepiece_model((SOURCE, TARGET))
    found = scored(model)
    codes = {"src_lang": "en_XX", "tgt_lang": "de_DE"}
    if kind is MBart50Tokenizer:
        tokenizer = kind(found, _spm_precompiled_charsmap=charsmap(model), **codes)
    else:
        special = [(name, 0.0) for name in ("<s>", "<pad>", "</s>", "<unk>")]
        tokenizer = kind([*special, *found[3:]], **codes)
    write(folder, "sentencepiece.bpe.model", model)
    tokenizer.save_pretrained(folder)


def _mbart(tokenizer: PreTrainedTokenizerBase, start: str, kind: str) -> PreTrainedModel:
    return MBartForConditionalGeneration(
        MBartConfig(
            **_bart_like(len(tokenizer)),
            **_SPECIAL,
            decoder_start_token_id=tokenizer.convert_tokens_to_ids(start),
            forced_eos_token_id=2,
            scale_embedding=True,
            activation_function="gelu",
            tokenizer_class=kind,
        )
    )


def _bart_tokenizer(folder: Path) -> None:
    trained = ByteLevelBPETokenizer()
    trained.train_from_iterator(
        pieces.texts(SOURCE, TARGET),
        vocab_size=520,
        min_frequency=2,
        special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"],
        show_progress=False,
    )
    model = json.loads(trained.to_str())["model"]
    tokenizer = BartTokenizer(model["vocab"], [tuple(pair) for pair in model["merges"]])
    tokenizer.save_pretrained(folder)


def _bart(tokenizer: PreTrainedTokenizerBase) -> PreTrainedModel:
    return BartForConditionalGeneration(
        BartConfig(
            **_bart_like(len(tokenizer)),
            **_SPECIAL,
            decoder_start_token_id=2,
            forced_bos_token_id=0,
            forced_eos_token_id=2,
            activation_function="gelu",
        )
    )


# ----------------------------------------------------------------------------- T5 and its kin


def _t5_tokenizer(folder: Path) -> None:
    """Pad 0, end 1, unknown 2, and the hundred sentinels behind."""
    prefixes = [T5_PREFIX] * 500
    model = sentencepiece_model(
        (SOURCE, TARGET), size=320, pad=0, eos=1, unk=2, bos=-1, also=prefixes
    )
    tokenizer = T5Tokenizer(scored(model), _spm_precompiled_charsmap=charsmap(model))
    write(folder, "spiece.model", model)
    tokenizer.save_pretrained(folder)


def _madlad_tokenizer(folder: Path) -> None:
    """Unknown 0, pad 1, end 2. It is no T5Tokenizer, for which unknown is 2, the end here."""
    model = sentencepiece_model((SOURCE, TARGET), symbols=["<2de>", "<2en>"])
    backend = Backend(Unigram(scored(model), unk_id=0))
    backend.normalizer = normalizers.Precompiled(charsmap(model))
    backend.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    backend.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    backend.post_processor = processors.TemplateProcessing(
        single="$A </s>", special_tokens=[("</s>", 2)]
    )
    backend.add_special_tokens(["<unk>", "<s>", "</s>"])
    write(folder, "spiece.model", model)
    backend.save(str(folder / "tokenizer.json"))
    _json(
        folder,
        "tokenizer_config.json",
        {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "bos_token": "<s>",
            "eos_token": "</s>",
            "pad_token": "<s>",
            "unk_token": "<unk>",
        },
    )


def _t5_like(size: int) -> dict[str, Any]:
    return {
        "vocab_size": size,
        "d_model": 48,
        "d_kv": 12,
        "num_heads": 4,
        "d_ff": 96,
        "dropout_rate": 0.0,
        "relative_attention_num_buckets": 8,
        "relative_attention_max_distance": 16,
    }


def _untied(network: PreTrainedModel) -> PreTrainedModel:
    """With an output matrix of its own, and no scaling of what goes into it.

    Version 1.1 of T5 and all since are so, and transformers 5.23 ties them all: its configs say
    `tie_word_embeddings` whatever they are given, and UMT5 scales its states for that reason alone.
    """
    network.lm_head.weight = torch.nn.Parameter(0.2 * torch.randn_like(network.lm_head.weight))
    network.config.tie_word_embeddings = False
    network.config.scale_decoder_outputs = False
    return network


def _t5(tokenizer: PreTrainedTokenizerBase) -> PreTrainedModel:
    return T5ForConditionalGeneration(
        T5Config(
            **_t5_like(len(tokenizer) + 28),
            num_layers=3,
            num_decoder_layers=2,
            feed_forward_proj="relu",
            tie_word_embeddings=True,
            pad_token_id=0,
            eos_token_id=1,
            decoder_start_token_id=0,
        )
    )


def _madlad(tokenizer: PreTrainedTokenizerBase) -> PreTrainedModel:
    network = T5ForConditionalGeneration(
        T5Config(
            **_t5_like(len(tokenizer)),
            num_layers=3,
            num_decoder_layers=2,
            feed_forward_proj="gated-gelu",
            pad_token_id=1,
            eos_token_id=2,
            decoder_start_token_id=0,
        )
    )
    return _untied(network)


def _mt5(tokenizer: PreTrainedTokenizerBase) -> PreTrainedModel:
    network = MT5ForConditionalGeneration(
        MT5Config(
            **_t5_like(len(tokenizer) + 12),
            num_layers=3,
            num_decoder_layers=2,
            feed_forward_proj="gated-gelu",
            pad_token_id=0,
            eos_token_id=1,
            decoder_start_token_id=0,
        )
    )
    return _untied(network)


def _umt5(tokenizer: PreTrainedTokenizerBase) -> PreTrainedModel:
    network = UMT5ForConditionalGeneration(
        UMT5Config(
            **_t5_like(len(tokenizer) + 12),
            num_layers=3,
            num_decoder_layers=2,
            feed_forward_proj="gated-gelu",
            pad_token_id=0,
            eos_token_id=1,
            decoder_start_token_id=0,
        )
    )
    return _untied(network)


# ----------------------------------------------------------------------------- all of them

_UNTIED = {"tie_word_embeddings": False}

FOREIGN = {
    "marian": Foreign(
        _marian_shared,
        lambda t: _marian(t, separate=False),
        # What opus-mt stores, and `generate` uses silently.
        generation={"num_beams": 4, "max_length": 48, "bad_words_ids": [[PAD]]},
    ),
    "marian_separate": Foreign(
        _marian_separate,
        lambda t: _marian(t, separate=True),
        generation={"num_beams": 6, "bad_words_ids": [[PAD]]},
    ),
    "m2m100": Foreign(
        _m2m100_tokenizer,
        # Eight rows have no name.
        lambda t: _m2m100(t, rows_beyond=8),
        generation={"num_beams": 5, "early_stopping": True, "max_length": 60},
        source_code="en",
        target_code="de",
    ),
    "nllb": Foreign(
        _nllb_tokenizer,
        lambda t: _m2m100(t, rows_beyond=2),
        source_code="eng_Latn",
        target_code="deu_Latn",
    ),
    "mbart50": Foreign(
        lambda folder: _mbart_tokenizer(MBart50Tokenizer, folder),
        lambda t: _mbart(t, "</s>", "MBart50Tokenizer"),
        generation={"num_beams": 5, "early_stopping": True, "forced_eos_token_id": 2},
        source_code="en_XX",
        target_code="de_DE",
    ),
    "mbart25": Foreign(
        lambda folder: _mbart_tokenizer(MBartTokenizer, folder),
        lambda t: _mbart(t, "de_DE", "MBartTokenizer"),
        source_code="en_XX",
        target_code="de_DE",
    ),
    "bart": Foreign(
        _bart_tokenizer, _bart, generation={"forced_bos_token_id": 0, "no_repeat_ngram_size": 3}
    ),
    "t5": Foreign(_t5_tokenizer, _t5, prefix=T5_PREFIX, rate=8e-3),
    "madlad": Foreign(_madlad_tokenizer, _madlad, stored=_UNTIED, rate=8e-3, prefix="<2de> "),
    "mt5": Foreign(_t5_tokenizer, _mt5, stored=_UNTIED, rate=8e-3),
    "umt5": Foreign(_t5_tokenizer, _umt5, stored=_UNTIED, rate=8e-3),
}

STUDENT = replace(
    FOREIGN["nllb"],
    tokenizer=lambda folder: _nllb_tokenizer(folder, size=240),
    network=lambda t: _m2m100(t, rows_beyond=0, encoder_layers=2, decoder_layers=1, width=32),
)
"""What could take the place of the network of NLLB: of other width, depth and tokenizer."""
