"""A network in memory, with all that it takes to have it read text."""

from dataclasses import dataclass, replace
from functools import cached_property

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
            input_ids=batch.source_BS, attention_mask=batch.source_mask_BS
        ).last_hidden_state
        return states_BSD

    def decoded(self, batch: Batch, encoded_BSD: Tensor) -> Tensor:
        """The last states of the decoder, ``[B, T, d]``, which has read the right pieces."""
        # Padding is on the right, so the causal mask already hides it from real positions.
        states_BTD: Tensor = self.family.stack(self.model, "decoder")(
            input_ids=batch.decoder_input_BT,
            encoder_hidden_states=encoded_BSD,
            encoder_attention_mask=batch.source_mask_BS,
            use_cache=False,
        ).last_hidden_state
        return states_BTD

    @cached_property
    def _output(self) -> Output:
        return self.family.output(self.model)

    def logits(self, states_ND: Tensor) -> Tensor:
        """Logits of the ids that can be labels, `frame.labels`, from last states of the decoder,
        ``[N, V]``."""
        output, (first, last) = self._output, self.frame.labels
        if output.scale is not None:
            states_ND = states_ND * output.scale
        bias = None if output.bias_V is None else output.bias_V[first:last]
        return functional.linear(states_ND, output.weight_VD[first:last], bias)
