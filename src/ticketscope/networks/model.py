"""Build and save transformers' own translation models, and say what each parameter is.

`norm = "post"` gives MarianMTModel (the study's shape), `norm = "pre"` M2M100. Both share one
embedding matrix between encoder, decoder and output, and compute positions from sinusoids, which
are not parameters. BART-family names make both one case.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn
from transformers import (
    GenerationConfig,
    M2M100Config,
    M2M100ForConditionalGeneration,
    MarianConfig,
    MarianMTModel,
    PreTrainedModel,
)
from transformers.utils import logging

from ticketscope import config
from ticketscope.errors import InputError
from ticketscope.networks.batches import SpecialIds
from ticketscope.networks.masks import Mask

EMBEDDING = "model.shared.weight"
_POSITIONS = "embed_positions"

# Its bars for reading and writing small files would clutter our own display.
logging.disable_progress_bar()


@dataclass(frozen=True)
class Role:
    """What a parameter does. Layers count from 1; None where a parameter belongs to no layer."""

    module: Literal["encoder", "decoder", "shared"]
    layer: int | None
    block: Literal["self_attention", "cross_attention", "feed_forward", "layer_norm", "embedding"]
    projection: Literal["q", "k", "v", "out", "fc1", "fc2", ""]
    kind: Literal["weight", "bias"]

    @property
    def is_prunable(self) -> bool:
        """All weights and biases of attention and feed-forward blocks, as in the study."""
        return self.block in ("self_attention", "cross_attention", "feed_forward")

    @property
    def head_axis(self) -> int | None:
        """The axis along which the heads of an attention parameter lie one after the other."""
        if self.projection in ("q", "k", "v"):
            return 0
        return 1 if self.projection == "out" and self.kind == "weight" else None


_PARAMETER = re.compile(
    r"model\.(?P<module>encoder|decoder)\.(layers\.(?P<layer>\d+)\.)?"
    r"(?P<part>self_attn|encoder_attn|fc1|fc2|\w*layer_norm)(\.(?P<projection>[qkv]|out)_proj)?"
    r"\.(?P<kind>weight|bias)"
)
_BLOCKS = {
    "self_attn": "self_attention",
    "encoder_attn": "cross_attention",
    "fc1": "feed_forward",
    "fc2": "feed_forward",
}


def role(name: str) -> Role:
    """The role of a trainable parameter by its name. Raises `InputError` for an unknown name."""
    if name == EMBEDDING:
        return Role("shared", None, "embedding", "", "weight")
    match = _PARAMETER.fullmatch(name)
    if match is None:
        raise InputError(f"parameter {name}: not a BART-family encoder-decoder")
    part = match["part"]
    fields: dict[str, Any] = {
        "module": match["module"],
        "layer": int(match["layer"]) + 1 if match["layer"] else None,
        "block": _BLOCKS.get(part, "layer_norm"),
        "projection": part if part in ("fc1", "fc2") else match["projection"] or "",
        "kind": match["kind"],
    }
    return Role(**fields)


def parameters(model: nn.Module) -> dict[str, Tensor]:
    """The trainable parameters by name, each once (tied matrices have one name).

    Marian's table of sinusoids is registered as a parameter, and a loaded model even forgets that
    it does not train; it never counts.
    """
    return {name: p for name, p in model.named_parameters() if not is_position_table(name)}


def is_position_table(name: str) -> bool:
    """Whether a tensor of the network holds sinusoids, which are computed and never stored."""
    return _POSITIONS in name


def prunable(tensors: Mapping[str, Tensor], *, embeddings: bool) -> dict[str, Tensor]:
    """Those of `tensors` that pruning may touch, sorted by name."""
    return {
        name: tensor
        for name, tensor in sorted(tensors.items())
        if role(name).is_prunable or (embeddings and role(name).block == "embedding")
    }


def special_ids(model: PreTrainedModel) -> SpecialIds:
    """The ids that batches of this model need."""
    return SpecialIds(
        pad=model.config.pad_token_id,
        eos=model.config.eos_token_id,
        decoder_start=model.config.decoder_start_token_id,
    )


def output_rows(model: PreTrainedModel) -> tuple[int, int]:
    """First and last (exclusive) row of the output matrix that takes part in the loss.

    Symbols that are never a label (pad; M2M100's beginning of sentence) are left out, so that no
    gradient reaches their rows and they stay zero: CTranslate2 starts Marian's decoder from a zero
    vector and drops the pad row, transformers starts from the row itself.
    """
    pad, eos = model.config.pad_token_id, model.config.eos_token_id
    return (eos, pad) if eos < pad else (pad + 1, model.config.vocab_size)


# ----------------------------------------------------------------------------- making


def build(shape: config.Model, vocabulary_size: int, seed: int) -> PreTrainedModel:
    """A model with random weights that depend on `seed` alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = _construct(shape, vocabulary_size)
    first, last = output_rows(model)
    with torch.no_grad():
        embedding_VD = model.get_input_embeddings().weight
        embedding_VD[:first] = 0.0
        embedding_VD[last:] = 0.0
    return model


def untrained(model: PreTrainedModel, seed: int) -> PreTrainedModel:
    """A model of the same shape with random weights, in evaluation mode."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        fresh: PreTrainedModel = type(model)(model.config)
    return fresh.eval()


def build_on_meta(shape: config.Model, vocabulary_size: int) -> PreTrainedModel:
    """The same model without memory for its weights, to count parameters."""
    with torch.device("meta"):
        return _construct(shape, vocabulary_size)


def _construct(shape: config.Model, vocabulary_size: int) -> PreTrainedModel:
    common: dict[str, Any] = {
        "vocab_size": vocabulary_size,
        "d_model": shape.d_model,
        "encoder_layers": shape.encoder_layers,
        "decoder_layers": shape.decoder_layers,
        "encoder_ffn_dim": shape.ffn,
        "decoder_ffn_dim": shape.ffn,
        "encoder_attention_heads": shape.heads,
        "decoder_attention_heads": shape.heads,
        "dropout": shape.dropout,
        "attention_dropout": shape.attention_dropout,
        "activation_dropout": shape.activation_dropout,
        "activation_function": "relu",
        "encoder_layerdrop": 0.0,
        "decoder_layerdrop": 0.0,
        "max_position_embeddings": shape.max_positions,
        "init_std": shape.init_std,
        "scale_embedding": True,
        "tie_word_embeddings": True,
        "attn_implementation": "sdpa",
        "bos_token_id": None,
        "forced_eos_token_id": None,
    }
    model: PreTrainedModel
    if shape.norm == "post":
        pad = vocabulary_size - 1
        special = {"eos_token_id": 0, "pad_token_id": pad, "decoder_start_token_id": pad}
        model = MarianMTModel(
            MarianConfig(**{**common, **special, "share_encoder_decoder_embeddings": True})
        )
    else:
        # CTranslate2's converter takes it for granted that M2M100's positions begin at 2, which is
        # pad + 1: any other pad id would shift every position.
        special = {"eos_token_id": 2, "pad_token_id": 1, "decoder_start_token_id": 2}
        model = M2M100ForConditionalGeneration(
            M2M100Config(**{**common, **special, "bos_token_id": 0})
        )
    return model


# ----------------------------------------------------------------------------- files


def save(model: PreTrainedModel, folder: Path, generation: Mapping[str, Any]) -> None:
    """Write config, generation settings and weights as transformers does."""
    model.generation_config = GenerationConfig(**generation)
    model.save_pretrained(folder)


# ----------------------------------------------------------------------------- counting


@dataclass(frozen=True)
class Counts:
    """Numbers of trainable parameters: the three denominators of sparsity."""

    total: int
    prunable: int
    non_embedding: int


@dataclass(frozen=True)
class Sparsity:
    """Share of zeroed weights over each denominator."""

    prunable: float
    total: float
    non_embedding: float


def count(tensors: Mapping[str, Tensor], *, embeddings: bool) -> Counts:
    """Count the trainable parameters."""
    return Counts(
        total=sum(p.numel() for p in tensors.values()),
        prunable=sum(p.numel() for p in prunable(tensors, embeddings=embeddings).values()),
        non_embedding=sum(
            p.numel() for name, p in tensors.items() if role(name).block != "embedding"
        ),
    )


def mask_sparsity(mask: Mask, counts: Counts) -> Sparsity:
    """Sparsity of a mask over the three denominators."""
    in_embedding = [kept for name, kept in mask.kept.items() if role(name).block == "embedding"]
    num_in_embedding = sum(int((~kept).sum()) for kept in in_embedding)
    return sparsity(counts, mask.num_pruned, num_in_embedding)


def sparsity(counts: Counts, num_pruned: int, num_pruned_embedding: int) -> Sparsity:
    """Sparsity over prunable, total and non-embedding parameters."""
    return Sparsity(
        prunable=num_pruned / counts.prunable,
        total=num_pruned / counts.total,
        non_embedding=(num_pruned - num_pruned_embedding) / counts.non_embedding,
    )
