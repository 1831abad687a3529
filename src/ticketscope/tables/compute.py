"""What it took to make the networks of a lottery."""

from typing import Final

from ticketscope.tables.column import number, whole
from ticketscope.tables.table import Table

_IN_ALL = (
    "the same of this network and of all that it took to make it: the dense model, the levels "
    "before, the networks whose masks it took, and the training by which criteria learn scores "
    "(movement); the search, that is. Each counts once"
)
COMPUTE: Final = Table(
    name="compute",
    one_row=True,
    says="""One row per network of a lottery: what its training took, without padding, validation,
and what criteria read or train to rank the weights. Zeros are multiplied like all else:
unstructured pruning saves no operation. A dissection does not have this table.""",
    own=(
        *whole("updates", says="optimiser steps; with patience also those after the best state"),
        *whole("source_tokens", says="pieces that the encoder read, special symbols included"),
        *whole("target_tokens", says="pieces that were predicted, ends of sentences included"),
        *number(
            "operations",
            says="floating-point operations of the matrix products, forward and backward",
        ),
        *whole("updates_in_all", says=_IN_ALL),
        *whole("source_tokens_in_all", "target_tokens_in_all", says=_IN_ALL),
        *number("operations_in_all", says=_IN_ALL),
    ),
)
