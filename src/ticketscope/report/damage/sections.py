"""The section on damage that a reader sees: what broke worst in each compressed network?"""

from collections.abc import Iterator

import pandas as pd

from ticketscope.arms.arm import Arm
from ticketscope.arms.cast import Cast
from ticketscope.damage import KINDS
from ticketscope.report.damage import figures
from ticketscope.report.damage.figures import TITLES
from ticketscope.report.parts.part import Figure, Gap, Part, Prose, Table
from ticketscope.report.parts.sample import replicates
from ticketscope.report.parts.wording import count, listed, percent, plural, signed, spelled
from ticketscope.report.reading.run_tables import RunTables
from ticketscope.tables.table import NotMeasured
from ticketscope.tables.views import DamageView

NO_EVENTS = "no events"


def damage_parts(run: RunTables) -> Iterator[Part]:
    """A sentence per compressed network, the figure, the figures of the last level, and what could
    not be counted."""
    rows, view, cast = run.tables["damage"], run.damage_view, run.cast
    if isinstance(rows, NotMeasured):
        yield Gap(rows.reason)
        return
    changed = figures.changes(rows, cast)
    if changed.empty:
        yield Gap("No network was compared with another one by kinds of damage.")
    else:
        of_control = figures.changes(rows, cast, "control")
        for arm in cast.studied:
            yield _worst(changed[changed["arm"] == arm.name], rows, of_control, arm, cast)
        yield Figure(
            f"How much more broke than in {cast.nouns.dense}, by kind of damage",
            _reading(run, cast),
            figures.change_chart(figures.change_data(rows, cast), cast),
        )
        yield from _tables(rows, changed, of_control, cast)
    yield Table(
        title="What each kind counts",
        columns=("kind", "what it says"),
        rows=tuple((kind.title, kind.says) for kind in KINDS),
        num_text=1,
        folded=True,
        num_sentences=1,
    )
    yield from _not_counted(rows, view)


def _reading(run: RunTables, cast: Cast) -> str:
    averaged = "" if cast.is_given else f", the mean over {replicates(run)}"
    reach = "are" if cast.is_given or run.study.replicates == 1 else "reach over all their"
    return (
        "To the right of 0 is worse: for a recall such as that of numbers, what was lost; for a "
        f"rate such as that of loops, what there was of it. A dot is a network{averaged}; the "
        f"control is beside those under study. Bars {reach} paired 95 % intervals, which know that "
        "events of one sentence hang together. Of twenty such bars about one misses 0 by chance."
    )


def _worst(
    changed: pd.DataFrame, rows: pd.DataFrame, of_control: pd.DataFrame, arm: Arm, cast: Cast
) -> Prose:
    """What broke worst at the last level: the kind whose damage is certain to be the largest."""
    last = changed[changed["level"] == changed["level"].max()]
    if last.empty:
        return Prose("it was compared with nothing by kinds of damage.", lead=f"{arm.title}:")
    lead = f"{arm.title}:"
    if not cast.is_given:
        share = percent(last["sparsity_prunable"].mean())
        lead = f"{arm.title}, at level {last['level'].iloc[0]} ({share} zero):"
    worse, better = last[last["lower"] > 0], last[last["upper"] < 0]
    first = figures.worst_change(last)
    num = f"{count(len(last))} kinds and test sets"
    if first is None:
        widest = last.loc[last["upper"].idxmax()]
        return Prose(
            f"no kind of damage is certain to have grown, of {num}. Least is known of "
            f"{_kind(widest)}: up to {percent(widest['upper'])} more of its events may have "
            f"broken.{_better(better)}",
            lead=lead,
        )
    same = (rows["kind"] == first["kind"]) & (rows["test_set"] == first["test_set"])
    own = figures.broken(rows[same & rows["arm"].eq(arm.name) & rows["level"].eq(first["level"])])
    base = _base_of(own, rows[same], cast)
    events = plural(int(own["num_events"].iloc[0]), "event")
    beyond = _beyond_control(of_control, first)
    return Prose(
        f"worst is {_kind(first)}: {percent(own['value'].mean())} of {events} broke, against "
        f"{percent(base['value'].mean())} in {cast.nouns.dense} (difference "
        f"{_points(first['value'])} points, 95 % interval {_points(first['lower'])} to "
        f"{_points(first['upper'])}).{beyond} Of {num}, {spelled(len(worse))} "
        f"{'is' if len(worse) == 1 else 'are'} certain to be worse.{_better(better)}",
        lead=lead,
    )


def _base_of(own: pd.DataFrame, rows: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """The rows of what networks were made from; twins of it are none."""
    of_base = rows["arm"].eq(cast.dense.name) & rows["replicate"].isin(own["replicate"])
    return figures.broken(rows[of_base])


def _beyond_control(of_control: pd.DataFrame, first: pd.Series) -> str:
    keys = ["test_set", "kind", "arm", "level"]
    found = of_control[(of_control[keys] == first[keys]).all(axis=1)]
    if found.empty:
        return ""
    row = found.iloc[0]
    return (
        f" Against the control it is {_points(row['value'])} points ({_points(row['lower'])} to "
        f"{_points(row['upper'])})."
    )


def _better(better: pd.DataFrame) -> str:
    if better.empty:
        return ""
    names = listed([TITLES[kind] for kind in dict.fromkeys(better["kind"])])
    return f" Certain to be better: {names}."


def _kind(change: pd.Series) -> str:
    return f"“{TITLES[change['kind']]}” in {change['test_set']}"


def _points(share: float) -> str:
    return signed(100 * share, 1)


def _tables(
    rows: pd.DataFrame, changed: pd.DataFrame, of_control: pd.DataFrame, cast: Cast
) -> Iterator[Part]:
    """Of each network under study at its last level what broke, kind by kind."""
    for arm in cast.studied:
        of_arm = changed[changed["arm"] == arm.name]
        last = of_arm[of_arm["level"] == of_arm["level"].max()]
        if last.empty:
            continue
        cells = []
        for _, change in last.iterrows():
            same = (rows["kind"] == change["kind"]) & (rows["test_set"] == change["test_set"])
            of_level = rows["arm"].eq(arm.name) & rows["level"].eq(change["level"])
            own = figures.broken(rows[same & of_level])
            base = _base_of(own, rows[same], cast)
            keys = ["test_set", "kind", "arm", "level"]
            control = of_control[(of_control[keys] == change[keys]).all(axis=1)]
            cells.append(
                (
                    change["test_set"],
                    TITLES[change["kind"]],
                    count(int(own["num_events"].iloc[0])),
                    percent(base["value"].mean()),
                    percent(own["value"].mean()),
                    *map(_with_interval, (change, None if control.empty else control.iloc[0])),
                )
            )
        at = "" if cast.is_given else f", level {last['level'].iloc[0]}"
        yield Table(
            title=f"What broke in {arm.title}{at}: shares of events, and differences in points",
            columns=(
                *("test set", "kind", "events", cast.nouns.dense, arm.title),
                *("difference", "from the control"),
            ),
            rows=tuple(cells),
            num_text=2,
            folded=True,
        )


def _with_interval(change: pd.Series | None) -> str:
    if change is None:
        return ""
    return f"{_points(change['value'])} ({_points(change['lower'])} to {_points(change['upper'])})"


def _not_counted(rows: pd.DataFrame, view: DamageView | NotMeasured) -> Iterator[Part]:
    """Kinds that have no events, that cannot be told, and sentences that do not tell."""
    without = rows[rows["num_events"].eq(0)].groupby("test_set")["kind"].unique()
    for test_set, kinds in without.items():
        names = listed([TITLES[kind] for kind in TITLES if kind in set(kinds)])
        yield Gap(f"{test_set} has no events of {names}: nothing of it could break there.")
    if not isinstance(view, NotMeasured):
        for untold in view.untold:
            yield Gap(
                f"{untold.test_set}: “{TITLES[untold.kind]}” is not counted: {untold.reason}."
            )
    partly = rows[rows["num_untold"] > 0].drop_duplicates(["test_set", "kind"])
    if len(partly):
        cells = zip(partly["kind"], partly["num_untold"], partly["test_set"], strict=True)
        told = [f"{TITLES[kind]} {count(int(num))} of {test_set}" for kind, num, test_set in cells]
        yield Gap(f"Sentences that do not tell of a kind, and are left out: {listed(told)}.")
