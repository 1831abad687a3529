"""The section on methods at equal compute."""

from collections.abc import Iterator

import pandas as pd

from ticketscope.arms.cast import Cast
from ticketscope.arms.named import CRITERIA_IN_NAMES
from ticketscope.report.compute import figures
from ticketscope.report.drawing.coincidence import coinciding
from ticketscope.report.parts.part import Figure, Gap, Part, Prose, Table
from ticketscope.report.parts.sample import replicates
from ticketscope.report.parts.wording import count, listed, number, plural, significant
from ticketscope.report.reading.run_tables import RunTables
from ticketscope.tables.compute import COMPUTE
from ticketscope.tables.quality import QUALITY_POOLED
from ticketscope.tables.table import NotMeasured


def compute_parts(run: RunTables) -> Iterator[Part]:
    """What methods lose or win at equal retraining, and what each took in all."""
    compute, pooled = run.tables[COMPUTE.name], run.tables[QUALITY_POOLED.name]
    if isinstance(compute, NotMeasured):
        yield Gap(compute.reason)
        return
    yield Prose(_retraining(compute, run.cast) + _searching(run.cast))
    if run.cast.removes_units:
        yield Prose(
            "Networks that have lost whole units are smaller: they take fewer operations, and at "
            "the same level they have less sparsity than those whose single weights are zero."
        )
    methods = None if isinstance(pooled, NotMeasured) else figures.method_data(pooled)
    if methods is None or methods.empty:
        yield Gap(
            "Methods are compared where a run has two arms that prune: add some to lottery.arms."
        )
    else:
        seeds = run.study.replicates > 1
        yield Figure(
            f"What other methods win or lose against {run.cast.first_name}",
            f"Each point is the paired difference at one level, at {_equal(run.cast)}; "
            "the dashed line is the arm that all others are compared with. Bars are "
            + (
                "95 % intervals over seeds and sentences together"
                if seeds
                else "95 % intervals over sentences of these networks alone: other seeds may differ"
            )
            + f"; n = {replicates(run)}.{coinciding(methods, run.cast, ('arm', 'metric'))}",
            figures.method_chart(methods, run.cast),
        )
    yield _table(compute, run)


def _equal(cast: Cast) -> str:
    if cast.removes_units:
        return "equal retraining; arms that remove whole units have less sparsity at it"
    return "equal sparsity and equal retraining"


def _retraining(compute: pd.DataFrame, cast: Cast) -> str:
    """Whether all arms retrained alike, in sentences."""
    longer = [arm for arm in cast.arms if arm.spends == "search"]
    trained = compute[(compute["level"] > 0) & ~compute["arm"].isin([arm.name for arm in longer])]
    counted = trained.groupby(["replicate", "level"])["updates"].nunique()
    unlike = sorted({int(level) for _, level in counted[counted > 1].index})
    zeros = (
        "Zeros save no operation here: a pruned matrix is multiplied like any other "
        "(the section on speed says what that means)."
    )
    if trained.empty:
        return zeros
    if unlike:
        levels = listed([str(level) for level in unlike])
        at = plural(len(unlike), "level")
        return f"The arms did not train as many updates at {at} ({levels}). {zeros}"
    updates = sorted(set(trained["updates"]))
    each = listed([count(int(number)) for number in updates])
    but = f"; {cast.repeated.name} saw others" if cast.repeated else ""
    more = "".join(
        f" Only {arm.title} trained more: for as many operations as it took to find what it is "
        "compared with."
        for arm in longer
    )
    return (
        f"At each level every arm trained as many updates ({each}), on the same batches{but}."
        f"{more} {zeros}"
    )


def _searching(cast: Cast) -> str:
    """Which arms trained besides, in a sentence after others; empty where none did."""
    titles = [
        arm.title
        for arm in cast.arms
        if arm.criterion in CRITERIA_IN_NAMES and CRITERIA_IN_NAMES[arm.criterion].trains
    ]
    if not titles:
        return ""
    return (
        f" Before each level a training chose what goes, too: {listed(titles)}. "
        "It is counted in the sums below, and the figure does not correct for it."
    )


def _table(compute: pd.DataFrame, run: RunTables) -> Table:
    """What the last level of each arm took in all, the mean over replicates."""
    dense = compute[compute["arm"] == run.cast.dense.name]["operations_in_all"].mean()
    rows = []
    for name, of_arm in compute.groupby("arm", sort=False):
        last = of_arm[of_arm["level"] == of_arm["level"].max()]
        operations = last["operations_in_all"].mean()
        rows.append(
            (
                run.cast[str(name)].title,
                str(int(last["level"].max())),
                count(round(last["updates"].mean())),
                count(round(last["updates_in_all"].mean())),
                count(round(last["target_tokens_in_all"].mean())),
                significant(operations),
                number(operations / dense, 2) if dense else "",
            )
        )
    return Table(
        title="What it took to make the last network of each arm, search included: the dense "
        "model, all levels before, networks whose masks it took, and criteria that train",
        columns=(
            "arm",
            "last level",
            "updates of that level",
            "updates in all",
            "target pieces in all",
            "operations in all",
            "x dense",
        ),
        rows=tuple(rows),
        num_text=1,
    )
