"""Translations by transformers' own `generate`: what CTranslate2 is compared with."""

from collections.abc import Sequence

import torch
from transformers import DynamicCache, EncoderDecoderCache, GenerationConfig

from ticketscope.networks.loaded import LoadedNetwork
from ticketscope.networks.trace.rows import Pieces, encoder_rows


def greedy(network: LoadedNetwork, sources: Sequence[Pieces], longest: int) -> list[list[int]]:
    """Of each source the pieces that are likeliest one by one, at most `longest`, without the end
    of sentence."""
    return generated(network, sources, longest, beam=1, length_penalty=1.0)


@torch.no_grad()
def generated(
    network: LoadedNetwork,
    sources: Sequence[Pieces],
    longest: int,
    *,
    beam: int,
    length_penalty: float,
) -> list[list[int]]:
    """Of each source the pieces that beam search finds, at most `longest`, without the end of
    sentence, with the settings that make it agree with CTranslate2 (`networks.translate`).

    All sources are one batch. No stored setting of `generate` has a part in it.
    """
    frame, model = network.frame, network.model
    rows = encoder_rows(sources, frame, network.device)
    before = torch.tensor([frame.target_before] * len(sources), device=network.device)
    silent = frame.silent(len(model.get_output_embeddings().weight))
    (end,) = frame.target_after
    # `generate` takes from here what it is not told, and the class of a config has defaults.
    model.generation_config = GenerationConfig()
    found = model.generate(
        input_ids=rows.ids_RS,
        attention_mask=rows.mask_RS,
        decoder_input_ids=before,
        # Its own would have as many layers as the encoder (transformers 40277); this one grows.
        past_key_values=EncoderDecoderCache(DynamicCache(), DynamicCache()),
        generation_config=GenerationConfig(
            num_beams=beam,
            do_sample=False,
            early_stopping=True if beam > 1 else None,
            length_penalty=length_penalty if beam > 1 else None,
            renormalize_logits=True,
            max_new_tokens=longest,
            suppress_tokens=silent or None,
            decoder_start_token_id=frame.target_before[0],
            pad_token_id=frame.pad,
            eos_token_id=end,
        ),
    )
    return [_until(ids.tolist(), end) for ids in found[:, before.shape[1] :]]


def _until(ids: list[int], end: int) -> list[int]:
    return ids[: ids.index(end)] if end in ids else ids
