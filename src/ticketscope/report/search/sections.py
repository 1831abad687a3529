"""The section on search."""

from collections.abc import Iterator

import pandas as pd

from ticketscope.report.parts.part import Figure, Gap, Part, Prose
from ticketscope.report.parts.told_apart import told_apart
from ticketscope.report.parts.wording import capital, count, signed
from ticketscope.report.reading.run_tables import RunTables
from ticketscope.report.search import figures
from ticketscope.tables.search import SEARCH
from ticketscope.tables.table import NotMeasured


def search_parts(run: RunTables) -> Iterator[Part]:
    """What beams of several sizes find."""
    search = run.tables[SEARCH.name]
    if isinstance(search, NotMeasured):
        yield Gap(search.reason)
        return
    yield from _finding(run, search)
    first = search.iloc[0]
    penalty = run.study.quality.length_penalty
    sample = f"n = {count(int(first['num_sentences']))} sentences of {first['test_set']}"
    yield Prose(
        "A larger beam finds likelier translations. Beyond some size they are often worse: short "
        "translations, in the end empty ones, are too likely (Koehn and Knowles 2017; "
        "Stahlberg and Byrne 2019). Where the empty translation is likelier than the one found, "
        f"only a small beam keeps it away. The length penalty is {penalty:g}; {sample}."
    )
    bars = "Bars are 95 % intervals: Wilson's of a share, else from resamples of sentences."
    yield Figure(
        "What beams of each size find",
        f"Each line is a network. {bars}",
        figures.beam_chart(figures.beam_data(search, run.cast), run.cast, "value"),
    )
    differences = figures.difference_data(search, run.cast)
    if not differences.empty:
        yield Figure(
            "What sets networks apart with each beam",
            "Differences of the same figures with the same beam, paired by sentence: Newcombe's of "
            "a share, else from the same resamples. Where a bar does not reach 0, more than chance "
            "is behind it; of 20 bars about one misses 0 by chance.",
            figures.beam_chart(differences, run.cast, "difference"),
        )


def _finding(run: RunTables, search: pd.DataFrame) -> Iterator[Part]:
    """Whether the largest beam gains less than it does elsewhere."""
    gains = search[search["metric"].eq("chrf_gain")]
    if gains.empty:
        return
    beam = int(gains["beam"].max())
    found = told_apart(gains[gains["beam"] == beam], run.cast)
    if found is None:
        return
    num = found.num_above + found.num_below
    values = [signed(end) for end in (found.rows["value"].min(), found.rows["value"].max())]
    between = values[0] if values[0] == values[1] else " to ".join(values)
    yield Prose(
        f"From greedy search to beam {beam}, {found.of(found.num_above)} gain more chrF than "
        f"{found.other} does and {found.of(found.num_below)} less, by their whole intervals; the "
        f"difference is {between} points.",
        lead=capital(
            "what a beam is worth has changed."
            if num
            else "no change in what a beam is worth can be told from chance."
        ),
    )
