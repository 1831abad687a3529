"""The loaders of challenge sets as they are distributed. One is a file here and a line below."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from ticketscope.challenges.loaders.aces import ACES
from ticketscope.challenges.loaders.contrapro import CONTRAPRO
from ticketscope.challenges.loaders.contrastive_table import CONTRASTIVE
from ticketscope.challenges.loaders.demetr import DEMETR
from ticketscope.challenges.loaders.lingeval97 import LINGEVAL97
from ticketscope.challenges.loaders.loader import Loader
from ticketscope.challenges.loaders.winomt import WINOMT

LOADERS: Final[Mapping[str, Loader]] = MappingProxyType(
    {
        loader.name: loader
        for loader in (
            WINOMT,
            LINGEVAL97,
            CONTRAPRO,
            CONTRASTIVE,
            ACES,
            DEMETR,
        )
    }
)
"""All by the name of their kind."""
