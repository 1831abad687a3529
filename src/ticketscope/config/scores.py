"""Settings of scores that come from elsewhere."""

from typing import Annotated, Literal

from pydantic import Field

from ticketscope.config.analysis import Once
from ticketscope.config.kinds import BY_CONTENT, AnalysisSection
from ticketscope.config.paths import PathSetting

Better = Literal["higher", "lower"]


class Scores(AnalysisSection):
    """Scores of translations that other tools or people gave (analysis step)."""

    paths: Annotated[tuple[PathSetting, ...], Once, BY_CONTENT] = ()
    """Tab-separated files with a header: test_set, line, network, metric, value and perhaps better
    (``--scores``)."""
    better: Annotated[dict[str, Better], BY_CONTENT] = Field(default={})
    """By metric whether higher or lower is better, where no column `better` of a file says so."""
