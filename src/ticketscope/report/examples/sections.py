"""The section of examples: what each network makes of a sentence, side by side."""

from collections.abc import Iterator

import pandas as pd

from ticketscope.arms.cast import Cast
from ticketscope.report.examples.browser_data import browser_data, studied, title
from ticketscope.report.parts.example_browser import ExampleBrowser
from ticketscope.report.parts.part import Gap, Part, Prose
from ticketscope.report.parts.wording import capital, count, listed, plural
from ticketscope.report.reading.run_tables import RunTables
from ticketscope.report.reading.translated import Translated
from ticketscope.tables.examples import ExamplesView
from ticketscope.tables.table import NotMeasured


def examples_parts(run: RunTables) -> Iterator[Part]:
    """How many sentences each network translates otherwise, and the sentences to look at."""
    found, cast = run.translated, run.cast
    if isinstance(found, NotMeasured):
        yield Gap(found.reason)
        return
    yield from (_changes(found, place, cast) for place in studied(found.view, cast))
    yield Prose(_drawn(found.view, cast))
    dense = cast.nouns.dense
    yield ExampleBrowser(
        "Sentences and what the networks make of them",
        f"Marked are words that {dense} has others for, and struck through those that it has and "
        "the network lacks. Behind a score stands, in brackets, by how much it is above that of "
        f"{dense}. Sentence-level scores are rough: chrF and TER compare with one reference, the "
        "loss is the mean over its pieces in nats. The address of the page follows what you "
        "choose, so you can send a view as a link.",
        browser_data(found, cast),
        len(found.view.sentences),
    )


def _changes(found: Translated, place: int, cast: Cast) -> Prose:
    """The finding on one network."""
    view, ours, dense = found.view, found.rows[place], found.rows[0]
    fell, rose = fell_and_rose(view, ours, dense)
    others = int((ours["translation"] != dense["translation"]).sum())
    how = (
        f"{count(fell)} were right, equal to the reference, and are wrong now; the opposite holds "
        f"of {count(rose)}"
        if view.exact
        else f"{count(fell)} fell by more than {view.margin:g} points of chrF, and {count(rose)} "
        "rose by more than that"
    )
    return Prose(
        f"{count(others)} of these {count(len(view.sentences))} sentences are translated in other "
        f"words than by {cast.nouns.dense}: {how}.",
        lead=f"{capital(title(view.networks[place], cast))}.",
    )


def fell_and_rose(view: ExamplesView, ours: pd.DataFrame, other: pd.DataFrame) -> tuple[int, int]:
    """How many sentences a network translates worse than another one, and how many better."""
    if view.exact:
        references = [one.reference for one in view.sentences]
        right, other_right = (rows["translation"] == references for rows in (ours, other))
        return int((other_right & ~right).sum()), int((right & ~other_right).sum())
    change = ours["chrf"] - other["chrf"]
    return int((change < -view.margin).sum()), int((change > view.margin).sum())


def _drawn(view: ExamplesView, cast: Cast) -> str:
    """Which sentences are here, and which networks."""
    num = sum(test_set.num_sentences for test_set in view.test_sets)
    sets = listed([test_set.name for test_set in view.test_sets])
    if num == len(view.sentences):
        told = f"All sentences of {sets} are here."
    else:
        reasons = [
            f"{count(drawn.num_shown)} of {count(drawn.num_sentences)} {_WHY[drawn.why]}"
            for drawn in view.drawn
        ]
        told = (
            f"Of {count(num)} sentences of {sets} there are {count(len(view.sentences))} here, "
            f"evenly spread where not all have room: {listed(reasons)}. What broke comes first, "
            "so these counts say nothing of a test set; “What broke” has the shares."
        )
    if view.num_networks_left_out:
        left_out = plural(view.num_networks_left_out, f"further {cast.nouns.ticket}")
        told += f" {left_out} had no room: sentences.csv.gz has their translations."
    return told


_WHY = {
    "every time": "that break every time",
    "fell": "that fell in a network under study",
    "damaged": "with damage that is not in all of them",
    "rest": "of the others",
}
