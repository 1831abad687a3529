"""A network in memory, with all that it takes to have it read text."""

from dataclasses import dataclass, replace
from functools import cached_property

import torch
from torch import Tensor
from torch.nn import functional
from transformers import PreTrainedModel

from ticketscope.networks.batches import Batch
from ticketscope.networks.families import Family, family_of
from ticketscope.networks.families.family import Output
from ticketscope.text.tokenizer import Frame


@dataclass(frozen=True, eq=False)
class LoadedNetwork:
    """A network in memory.

    Args:
        model: of transformers'.
        frame: the ids around the pieces of its texts.
        max_positions: of a side, special symbols included.
    """

    model: PreTrainedModel
    frame: Frame
    max_positions: int

    @property
    def family(self) -> Family:
        """What is known of its kind."""
        return family_of(self.model)

    @property
    def device(self) -> str:
        """Where it computes."""
        return str(self.model.device)

    def to(self, device: str) -> "LoadedNetwork":
        """The same network, moved to a device."""
        return replace(self, model=self.model.to(device))

    def encoded(self, batch: Batch) -> Tensor:
        """The last states of the encoder, ``[B, S, d]``."""
        encoder = self.family.stack(self.model, "encoder")
        states_BSD: Tensor = encoder(
            input_ids=batch.source_BS,
            attention_mask=self._source_mask(batch, batch.source_BS.shape[1]),
        ).last_hidden_state
        return states_BSD

    def decoded(self, batch: Batch, encoded_BSD: Tensor) -> Tensor:
        """The last states of the decoder, ``[B, T, d]``, which has read the right pieces."""
        # Padding is on the right, so the causal mask already hides it from real positions.
        num_queries = batch.decoder_input_BT.shape[1]
        states_BTD: Tensor = self.family.stack(self.model, "decoder")(
            input_ids=batch.decoder_input_BT,
            attention_mask=self._causal_mask(num_queries),
            encoder_hidden_states=encoded_BSD,
            encoder_attention_mask=self._source_mask(batch, num_queries),
            use_cache=False,
        ).last_hidden_state
        return states_BTD

    @property
    def gives_masks(self) -> bool:
        """Whether attention gets its masks ready made. transformers looks at the values first, lest
        it make a mask that hides nothing: on a GPU the program would have to wait for them."""
        return self.device != "cpu" and self.model.config._attn_implementation == "sdpa"

    def _source_mask(self, batch: Batch, num_queries: int) -> Tensor:
        """What may be attended to among the sources, ``[B, S]`` or ``[B, 1, queries, S]``."""
        mask_BS = batch.source_mask_BS
        if not self.gives_masks:
            return mask_BS
        return mask_BS[:, None, None, :].expand(-1, -1, num_queries, -1)

    def _causal_mask(self, num_queries: int) -> Tensor | None:
        """What each target position may attend to, ``[1, 1, T, T]``; None: transformers' own."""
        if not self.gives_masks:
            return None
        square = (1, 1, num_queries, num_queries)
        return torch.ones(square, dtype=torch.bool, device=self.model.device).tril()

    @cached_property
    def _output(self) -> Output:
        return self.family.output(self.model)

    def logits(self, states_ND: Tensor, *, by_columns: bool = False) -> Tensor:
        """Logits of the ids that can be labels, `frame.labels`, from last states of the decoder,
        ``[N, V]``.

        `by_columns`: take the product with the whole matrix and leave out columns, not rows before.
        A GPU takes several times as long for products in 16 bits whose rows are of odd length.
        """
        output, (first, last) = self._output, self.frame.labels
        if output.scale is not None:
            states_ND = states_ND * output.scale
        if by_columns:
            return functional.linear(states_ND, output.weight_VD, output.bias_V)[:, first:last]
        bias = None if output.bias_V is None else output.bias_V[first:last]
        return functional.linear(states_ND, output.weight_VD[first:last], bias)
