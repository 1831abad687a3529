"""A tiny network with random weights of every kind, as transformers makes and stores it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import (
    BartConfig,
    BartForConditionalGeneration,
    M2M100Config,
    M2M100ForConditionalGeneration,
    MarianConfig,
    MarianMTModel,
    MBartConfig,
    MBartForConditionalGeneration,
    MT5Config,
    MT5ForConditionalGeneration,
    PreTrainedModel,
    T5Config,
    T5ForConditionalGeneration,
    UMT5Config,
    UMT5ForConditionalGeneration,
)

from ticketscope.networks.folder import ModelFolder
from ticketscope.networks.loaded import LoadedNetwork
from ticketscope.text.tokenizer import Frame

ROWS, LAYERS = 40, (2, 1)
FRAME = Frame(
    pad=1,
    source_before=(5,),
    source_after=(2,),
    target_before=(2, 6),
    target_after=(2,),
    labels=(0, ROWS),
)
"""With a language code on either side."""

Depths = tuple[int, int]
_IDS = {"pad_token_id": 1, "eos_token_id": 2, "decoder_start_token_id": 2}


def _like_bart(depths: Depths) -> dict[str, Any]:
    return {
        **_IDS,
        "vocab_size": ROWS,
        "d_model": 16,
        "encoder_layers": depths[0],
        "decoder_layers": depths[1],
        "encoder_attention_heads": 4,
        "decoder_attention_heads": 4,
        "encoder_ffn_dim": 24,
        "decoder_ffn_dim": 20,
        "max_position_embeddings": 16,
        "init_std": 0.3,
        "bos_token_id": 0,
        "scale_embedding": True,
    }


def _like_t5(depths: Depths, **more: Any) -> dict[str, Any]:
    """Heads that are together narrower than the network."""
    return {
        **_IDS,
        "vocab_size": ROWS,
        "d_model": 16,
        "d_kv": 3,
        "num_heads": 4,
        "d_ff": 24,
        "num_layers": depths[0],
        "num_decoder_layers": depths[1],
        "relative_attention_num_buckets": 8,
        "relative_attention_max_distance": 12,
        "initializer_factor": 2.0,
        **more,
    }


def _t5(depths: Depths) -> PreTrainedModel:
    return T5ForConditionalGeneration(T5Config(**_like_t5(depths)))


def _t5_untied(depths: Depths) -> PreTrainedModel:
    gated = _like_t5(depths, feed_forward_proj="gated-gelu", tie_word_embeddings=False)
    return untied(T5ForConditionalGeneration(T5Config(**gated)))


def _marian(depths: Depths, **more: Any) -> PreTrainedModel:
    pad = {"pad_token_id": ROWS - 1, "eos_token_id": 0, "decoder_start_token_id": ROWS - 1}
    settings = {**_like_bart(depths), **pad, "activation_function": "swish", **more}
    return MarianMTModel(MarianConfig(**settings))


def untied(network: PreTrainedModel) -> PreTrainedModel:
    """With an output matrix of its own, which transformers 5 does not let T5 have by its config."""
    network.lm_head.weight = nn.Parameter(torch.randn_like(network.lm_head.weight))
    network.config.tie_word_embeddings = False
    return network


KINDS: dict[str, Callable[[Depths], PreTrainedModel]] = {
    "marian": _marian,
    "marian_separate": lambda depths: _marian(
        depths, share_encoder_decoder_embeddings=False, decoder_vocab_size=ROWS
    ),
    "marian_untied": lambda depths: untied(_marian(depths)),
    "m2m100": lambda depths: M2M100ForConditionalGeneration(M2M100Config(**_like_bart(depths))),
    "mbart": lambda depths: MBartForConditionalGeneration(MBartConfig(**_like_bart(depths))),
    "bart": lambda depths: BartForConditionalGeneration(
        BartConfig(**_like_bart(depths) | {"scale_embedding": False})
    ),
    "t5": _t5,
    "t5_untied": _t5_untied,
    "mt5": lambda depths: untied(MT5ForConditionalGeneration(MT5Config(**_like_t5(depths)))),
    "umt5": lambda depths: UMT5ForConditionalGeneration(UMT5Config(**_like_t5(depths))),
    "umt5_untied": lambda depths: untied(
        UMT5ForConditionalGeneration(UMT5Config(**_like_t5(depths)))
    ),
}


def make(kind: str, depths: Depths = LAYERS) -> PreTrainedModel:
    """A network in evaluation mode; every norm, bias and learned position is random, too."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        network = KINDS[kind](depths)
        with torch.no_grad():
            for name, weight in network.named_parameters():
                if weight.ndim == 1 or ("bart" in kind and "embed_positions" in name):
                    weight += 0.3 * torch.randn_like(weight)
            for name, buffer in network.named_buffers():
                if name == "final_logits_bias":
                    buffer += torch.randn_like(buffer)
    return network.eval()


def store(network: PreTrainedModel, folder: Path, **entries: Any) -> Path:
    """Write it as transformers does; other entries of config.json, or `...` for none."""
    network.save_pretrained(folder)
    path = folder / "config.json"
    config = json.loads(path.read_text()) | entries
    path.write_text(json.dumps({key: value for key, value in config.items() if value is not ...}))
    return folder


def load(folder: Path, **settings: Any) -> LoadedNetwork:
    """As ticketscope does, without a tokenizer."""
    found = ModelFolder(folder)
    frame = FRAME if found.config.model_type != "marian" else marian_frame()
    return LoadedNetwork(found.network(**settings), frame, found.config.max_positions)


def marian_frame() -> Frame:
    """Its end is 0, its pad last and never said."""
    return Frame(
        pad=ROWS - 1,
        source_before=(),
        source_after=(0,),
        target_before=(ROWS - 1,),
        target_after=(0,),
        labels=(0, ROWS - 1),
    )
