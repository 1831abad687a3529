"""A plain loop: what anybody would write to teach a network of transformers' to translate."""

import random
from collections.abc import Sequence

import torch
from torch.nn.utils.rnn import pad_sequence
from transformers import PreTrainedModel

_BATCH = 16


def train(
    network: PreTrainedModel,
    sources: Sequence[Sequence[int]],
    labels: Sequence[Sequence[int]],
    *,
    updates: int,
    rate: float,
) -> float:
    """Adam with a warm-up and a straight way down; gives the loss of the last batch, as the model's
    own forward pass counts it."""
    draw = random.Random(3)
    network.train()
    optimiser = torch.optim.AdamW(network.parameters(), lr=rate, betas=(0.9, 0.98))
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=updates)
    loss = 0.0
    for _ in range(updates):
        batch = draw.sample(range(len(sources)), _BATCH)
        loss = update(
            network, optimiser, schedule, [sources[i] for i in batch], [labels[i] for i in batch]
        )
    network.eval()
    return loss


def update(
    network: PreTrainedModel,
    optimiser: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LRScheduler,
    sources: Sequence[Sequence[int]],
    labels: Sequence[Sequence[int]],
) -> float:
    """One update on these pairs; gives their loss."""
    loss = network(
        input_ids=_padded(sources, network.config.pad_token_id),
        # Not `input_ids != pad`: a text may have the pad's id nowhere, and never the -100.
        attention_mask=_padded([[1] * len(source) for source in sources], 0),
        labels=_padded(labels, -100),
    ).loss
    optimiser.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    optimiser.step()
    schedule.step()
    return float(loss.detach())


def _padded(rows: Sequence[Sequence[int]], filler: int) -> torch.Tensor:
    return pad_sequence([torch.tensor(row) for row in rows], batch_first=True, padding_value=filler)
