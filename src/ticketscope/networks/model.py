"""Build and save transformers' own translation models, and say what each parameter is.

`norm = "post"` gives MarianMTModel (the study's shape), `norm = "pre"` M2M100. Both share one
embedding matrix between encoder, decoder and output, and compute positions from sinusoids, which
are not parameters. BART-family names make both one case.
"""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

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
from ticketscope.networks.families import family_of, role
from ticketscope.networks.loaded import LoadedNetwork
from ticketscope.networks.masks import Mask
from ticketscope.text.tokenizer import Frame

# Its bars for reading and writing small files would clutter our own display.
logging.disable_progress_bar()


def parameters(model: PreTrainedModel) -> dict[str, Tensor]:
    """The trainable parameters by name, each once (tied matrices have one name); without what is
    computed, though the network may have it as a parameter."""
    is_computed = family_of(model).is_computed
    return {name: p for name, p in model.named_parameters() if not is_computed(name)}


def prunable(tensors: Mapping[str, Tensor], *, embeddings: bool) -> dict[str, Tensor]:
    """Those of `tensors` that pruning may touch, sorted by name."""
    return {
        name: tensor
        for name, tensor in sorted(tensors.items())
        if role(name).is_prunable or (embeddings and role(name).block == "embedding")
    }


# ----------------------------------------------------------------------------- making


def build(shape: config.Model, vocabulary_size: int, seed: int) -> PreTrainedModel:
    """A model with random weights that depend on `seed` alone, but for the rows of what it never
    says, which are zero."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = _construct(shape, vocabulary_size)
    first, last = own_frame(model).labels
    with torch.no_grad():
        embedding_VD = model.get_input_embeddings().weight
        embedding_VD[:first] = 0.0
        embedding_VD[last:] = 0.0
    return model


def own_frame(model: PreTrainedModel) -> Frame:
    """The ids around the pieces of a network that `build` has made.

    Symbols that are no text (pad; M2M100's beginning of sentence) are never a label, so that no
    gradient reaches their rows and they stay zero: CTranslate2 starts Marian's decoder from a zero
    vector and drops the pad row, transformers starts from the row itself.
    """
    pad, eos = model.config.pad_token_id, model.config.eos_token_id
    return Frame(
        pad=pad,
        source_before=(),
        source_after=(eos,),
        target_before=(model.config.decoder_start_token_id,),
        target_after=(eos,),
        labels=(eos, pad) if eos < pad else (pad + 1, model.config.vocab_size),
    )


def own(model: PreTrainedModel) -> LoadedNetwork:
    """A network that `build` has made, with its frame."""
    return LoadedNetwork(model, own_frame(model), model.config.max_position_embeddings)


def untrained(
    model: PreTrainedModel, seed: int, sizes: Mapping[str, int] = MappingProxyType({})
) -> PreTrainedModel:
    """A model of the same shape with random weights, in evaluation mode; `sizes` are the entries of
    its config that differ."""
    config = copy.deepcopy(model.config)
    for key, size in sizes.items():
        setattr(config, key, size)
    # Without it transformers would give encoder and decoder embeddings of their own, too.
    config.tie_word_embeddings = True
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        fresh: PreTrainedModel = type(model)(config)
        if not model.config.tie_word_embeddings:
            tied_VD = fresh.get_output_embeddings().weight
            untie(fresh, tied_VD.std() * torch.randn_like(tied_VD))
    return fresh.eval()


def untie(model: PreTrainedModel, output_VD: Tensor) -> None:
    """Give a model an output matrix of its own."""
    model.get_output_embeddings().weight = nn.Parameter(output_VD.detach().clone())
    model.config.tie_word_embeddings = False


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
        non_embedding=sum(p.numel() for name, p in tensors.items() if not role(name).is_embedding),
    )


def mask_sparsity(mask: Mask, counts: Counts) -> Sparsity:
    """Sparsity of a mask over the three denominators."""
    return sparsity(counts, mask.num_pruned, _num_pruned_embedding(mask))


def sparsity_of_smaller(mask: Mask, counts: Counts, dense: Counts) -> Sparsity:
    """The share of the numbers of a dense network that a smaller one lacks: those of units that are
    removed, its layer norms included, and those that the mask of the smaller one has zeroed."""
    num_gone, num_embedding = mask.num_pruned, _num_pruned_embedding(mask)
    return Sparsity(
        prunable=(dense.prunable - counts.prunable + num_gone) / dense.prunable,
        total=(dense.total - counts.total + num_gone) / dense.total,
        non_embedding=(dense.non_embedding - counts.non_embedding + num_gone - num_embedding)
        / dense.non_embedding,
    )


def _num_pruned_embedding(mask: Mask) -> int:
    in_embedding = [kept for name, kept in mask.kept.items() if role(name).block == "embedding"]
    return sum(int((~kept).sum()) for kept in in_embedding)


def sparsity(counts: Counts, num_pruned: int, num_pruned_embedding: int) -> Sparsity:
    """Sparsity over prunable, total and non-embedding parameters."""
    return Sparsity(
        prunable=num_pruned / counts.prunable,
        total=num_pruned / counts.total,
        non_embedding=(num_pruned - num_pruned_embedding) / counts.non_embedding,
    )
