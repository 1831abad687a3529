"""What probes find in the vectors of words."""

from typing import Final

from ticketscope.annotation.tasks import TASKS
from ticketscope.tables.column import Column, number, text, whole
from ticketscope.tables.representations import STATES
from ticketscope.tables.table import Table

BEST: Final = "best"
"""The probe of the layer that validation chose."""
MIX: Final = "mix"
"""The probe of a mix of all layers."""
CENTRE_OF_GRAVITY: Final = "centre_of_gravity"
"""A metric of that mix."""

CONVERGED, PATIENCE, CAPPED = STOPS = ("converged", "patience", "capped")
"""How a probe stopped."""


def _difference(other: str, says: str) -> tuple[Column, ...]:
    ends = ("", "_lower", "_upper")
    names = (*(f"difference_{other}{end}" for end in ends), f"p_{other}")
    return number(*names, says=says, optional=True)


PROBES: Final = Table(
    name="probes",
    says="Empty unless the run has probes. One row per figure; `probe`, `split`, "
    "`seed` and `metric` say which figure it is. [probing.md](probing.md) says "
    "how they are made.",
    own=(
        *text(
            "task",
            says="a task's id; empty for the mean score over the tasks of the group",
            optional=True,
            known=lambda _: TASKS,
        ),
        *text(
            "group",
            says="`morphology`, `syntax`, `semantics`; means also have "
            "`syntax_without_dependencies` (the study's group) and `all`",
        ),
        *whole(
            "layer",
            says="0 is the embeddings (with positions); empty for a mix of all and for means",
            optional=True,
        ),
        *text(
            "probe",
            says="`linear` or `mlp`: one layer; `best`: the layer that validation chose; "
            "`mix`: a scalar mix of all layers",
        ),
        *whole("seed", says="from 0; empty for the mean over seeds", optional=True),
        *text("split", says="`test`, `validation`; `train` for codelengths"),
        *text(
            "metric",
            says="`accuracy`, `span_f1`, `error_f1`, `pearson`; `centre_of_gravity` of a mix; "
            "`codelength_bits`; for groups `relative_change_dense`, "
            "`relative_change_control`: the relative change of the mean score over their "
            "tasks",
        ),
        *number("value", says="the figure"),
        *number(
            *("lower", "upper"),
            says="its 95 % bootstrap interval over sentences (or documents); seeds are not "
            "resampled. Of a `centre_of_gravity`: Student's t interval over the seeds of the "
            "probe; empty where there is one seed",
            optional=True,
        ),
        *_difference(
            "dense",
            "value minus that of the dense model of the replicate (for `best` the best "
            "layer of each, else the same layer), paired by sentence; two-sided p",
        ),
        *_difference("control", "the same against the control of the arm at the same level"),
        *_difference("random", "the same against the untrained encoder of the replicate"),
        *number(
            "p_below_control_holm",
            says="for `best`: one-sided p of being below the control, corrected (Holm 1979) "
            "for all tasks and levels of the arm and replicate",
            optional=True,
        ),
        *number(
            *("majority", "majority_by_word"),
            says="score of the most frequent label, and of the most frequent label of each word "
            "form, in lower case",
            optional=True,
        ),
        *number(
            "random_encoder",
            says="score of the same probe on the untrained encoder of the replicate (`best`: its "
            "own best layer)",
            optional=True,
        ),
        *text(
            "not_above",
            says="which of these three baselines is the highest, if the score is not above it;"
            " empty if the score is above all of them",
            optional=True,
        ),
        *number(
            *("selectivity", "selectivity_lower", "selectivity_upper"),
            says="accuracy minus that on the control task, with Student's 95 % t interval over "
            "the seeds of the probe; token tasks only",
            optional=True,
        ),
        *text(
            "stopped",
            says="how a single probe stopped: `converged`, `patience` (its loss rose again) or "
            "`capped` (cut off while it still fell)",
            optional=True,
        ),
        *whole(
            "num_updates",
            says="after how many updates; empty for a convex optimum",
            optional=True,
        ),
        *whole("num_train", "num_test", says="number of targets", optional=True),
        *STATES,
    ),
)
