"""The steps of a run: what is measured on its networks, and which tables and views come of it.

A step is a folder and one line here. Nothing else lists steps.
"""

from ticketscope.steps.attention.step import Attention, HeadImportance
from ticketscope.steps.behaviour.step import Behaviour
from ticketscope.steps.calibration.step import Calibration
from ticketscope.steps.causes.step import Causes
from ticketscope.steps.challenge.step import Challenge
from ticketscope.steps.compute.step import Compute
from ticketscope.steps.damage.step import Damage
from ticketscope.steps.examples.step import Examples
from ticketscope.steps.probes.step import Probes
from ticketscope.steps.quality.step import Quality
from ticketscope.steps.representations.step import Representations
from ticketscope.steps.robustness.step import Robustness
from ticketscope.steps.scores.step import Scores
from ticketscope.steps.search.step import Search
from ticketscope.steps.speed.step import Speed
from ticketscope.steps.step import Step
from ticketscope.steps.weights.step import LinearConnectivity, MaskOverlap, Sparsity, Weights
from ticketscope.steps.word_classes.step import WordClasses
from ticketscope.tables.claims import CLAIM_VERDICTS, CLAIMS_BY_LEVEL
from ticketscope.tables.networks import NETWORKS
from ticketscope.tables.table import Table

STEPS: list[Step] = [
    Scores(),
    Quality(),
    Compute(),
    Sparsity(),
    Weights(),
    MaskOverlap(),
    LinearConnectivity(),
    Causes(),
    Representations(),
    WordClasses(),
    Attention(),
    HeadImportance(),
    Behaviour(),
    Damage(),
    Challenge(),
    Probes(),
    Calibration(),
    Search(),
    Robustness(),
    Speed(),
    Examples(),
]


def all_tables() -> tuple[Table, ...]:
    """The tables of every step, that of the networks, and those of the claims, which are decided on
    them."""
    of_steps = (table for step in STEPS for table in step.tables)
    return (*of_steps, NETWORKS, CLAIM_VERDICTS, CLAIMS_BY_LEVEL)
