"""Which kinds of words moved away from the base, network by network."""

from collections.abc import Iterator

import pandas as pd

from ticketscope.arms.cast import Cast
from ticketscope.report.dissection.given_layers import JACKKNIFE
from ticketscope.report.drawing.choosers import row_choosers
from ticketscope.report.drawing.compared_networks import beyond_control, with_dense
from ticketscope.report.drawing.given_networks import drawn, grouped_rows
from ticketscope.report.drawing.pointing import SCORE, Told
from ticketscope.report.parts.part import Figure, Gap, Part, Prose
from ticketscope.report.reading.run_tables import RunTables
from ticketscope.report.word_classes.figures import debiased, of_last_layer
from ticketscope.report.word_classes.sections import measured_on
from ticketscope.tables.table import NotMeasured


def word_class_parts(run: RunTables) -> Iterator[Part]:
    """Similarity with the base in the last layer, on the words of one class at a time."""
    rows, view, cast = run.word_classes, run.word_classes_view, run.cast
    for found in (rows, view):
        if isinstance(found, NotMeasured):
            yield Gap(found.reason)
            return
    assert not isinstance(rows, NotMeasured)
    assert not isinstance(view, NotMeasured)
    yield Prose(
        "Similarity over all words is mostly about what sets nouns apart from verbs. Here it is "
        "measured on the words of one class at a time. Compare a class with itself, since classes "
        "differ in how much there is to move. All figures are of debiased CKA."
    )
    yield from measured_on(view)
    data = class_data(rows, cast)
    if data.empty:
        yield Gap("No network was compared with the base on words of one class.")
        return
    yield Figure(
        "Which kinds of words are far from the base",
        f"Similarity with the base in the last layer of the encoder. {JACKKNIFE}. Classes are in "
        "order of their number of words, frequencies from rare to frequent.",
        grouped_rows(
            data,
            cast,
            "word_class",
            Told("similarity with the base (debiased CKA)", SCORE),
            row_choosers(data, cast, "kind"),
        ),
    )
    beyond = beyond_data(rows, cast)
    if not beyond.empty:
        yield Figure(
            "Which kinds of words are farther from the base than the control's",
            "Left of the dashed line, the words of the class are farther from the base than "
            f"training on alone took them. {JACKKNIFE}, with the same block left out of both.",
            grouped_rows(
                beyond,
                cast,
                "word_class",
                Told("similarity less the control's", "+.4f"),
                row_choosers(beyond, cast, "kind"),
                (0.0,),
            ),
        )


def class_data(rows: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """One row per network and class: its similarity with the base in the last layer."""
    compared = with_dense(of_last_layer(debiased(rows, cast)), cast)
    return drawn(compared, cast, "kind", "word_class", "num_words")


def beyond_data(rows: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """The same less the control's."""
    compared = beyond_control(of_last_layer(debiased(rows, cast)))
    return drawn(compared, cast, "kind", "word_class", "num_words")
