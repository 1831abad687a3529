"""The section on robustness."""

from collections.abc import Iterator

import pandas as pd

from ticketscope.report.parts.part import Figure, Gap, Part, Prose
from ticketscope.report.parts.told_apart import told_apart
from ticketscope.report.parts.wording import about, capital, count, listed, number
from ticketscope.report.reading.run_tables import RunTables
from ticketscope.report.robustness import figures
from ticketscope.tables.robustness import ROBUSTNESS
from ticketscope.tables.table import NotMeasured
from ticketscope.text.noise import KINDS

_METRIC = "chrf"


def robustness_parts(run: RunTables) -> Iterator[Part]:
    """What noise costs, and what it costs beyond others."""
    robustness = run.tables[ROBUSTNESS.name]
    if isinstance(robustness, NotMeasured):
        yield Gap(robustness.reason)
        return
    yield from _finding(run, robustness)
    first = robustness.iloc[0]
    yield Prose(
        "All networks translate the same sources with noise in them. What is lost is the score of "
        "a network's own translations of the clean sentences minus that of the noisy ones. The "
        "strength is the share of words that the noise hits; a word that has nothing of the kind, "
        f"such as no mark, stays as it is. n = {count(int(first['num_sentences']))} sentences of "
        f"{first['test_set']}; bars are 95 % intervals from resamples of sentences."
    )
    yield Figure(
        "What each kind of noise costs",
        f"Above 0 something is lost. {_kinds(robustness)} Point at a dot to read how many "
        "sentences the noise changes.",
        figures.noise_chart(figures.loss_data(robustness, run.cast), run.cast, "lost by the noise"),
        wide=True,
    )
    differences = figures.difference_data(robustness, run.cast)
    if not differences.empty:
        yield Figure(
            "Who loses more by noise",
            "A network above 0 loses more than the one that it is compared with; both start from "
            "their own clean translations. Differences are paired by sentence; of 20 bars about "
            "one misses 0 by chance. A network that has less to lose loses fewer points: the "
            "shares say how much of it.",
            figures.noise_chart(differences, run.cast, "lost by the noise, difference"),
            wide=True,
        )


def _finding(run: RunTables, robustness: pd.DataFrame) -> Iterator[Part]:
    """Which kinds of noise cost more than they do elsewhere."""
    rows = robustness[robustness["metric"] == _METRIC]
    worst: dict[str, float] = {}
    num = num_worse = 0
    other = networks = ""
    for (kind, strength), of_cell in rows.groupby(["kind", "strength"], sort=False):
        found = told_apart(of_cell, run.cast)
        if found is None:
            continue
        num, other, networks = num + len(found.rows), found.other, found.networks
        num_worse += found.num_above
        if found.num_above:
            share = about(float(str(strength)))
            name = f"{figures.title_of_noise(str(kind))} in {share} of the words"
            worst[name] = float(found.rows["value"].mean())
    if not num:
        return
    text = (
        f"In {count(num_worse)} of {count(num)} cases ({networks}, kinds and strengths) more chrF "
        f"is lost than {other} loses, by the whole interval; chance alone gives about "
        f"{number(num / 40, 0)}."
    )
    if worst:
        most = sorted(worst, key=lambda name: -worst[name])[:3]
        told = [f"{name} ({number(worst[name], 1)} points)" for name in most]
        text += f" The most is lost by {listed(told)}, the mean over all {networks}."
    lead = "More is lost by noise" if num_worse > num / 20 else "Hardly more is lost by noise"
    yield Prose(text, lead=f"{lead} than {other} loses.")


def _kinds(robustness: pd.DataFrame) -> str:
    """What the kinds of noise are."""
    told = [
        f"{KINDS[kind].title}: {KINDS[kind].says}"
        for kind in dict.fromkeys(robustness["kind"])
        if kind in KINDS
    ]
    return f"{capital('; '.join(told))}."
