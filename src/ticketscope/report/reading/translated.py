"""The sentences that a reader browses, with what each network made of them."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ticketscope.arms.cast import Cast
from ticketscope.errors import InputError
from ticketscope.tables.examples import EXAMPLES_VIEW, ExamplesView
from ticketscope.tables.quality import SENTENCES
from ticketscope.tables.table import MEND, NotMeasured
from ticketscope.tables.typed import read_table
from ticketscope.tables.view import read_view

_PLACE = ["test_set", "line"]


@dataclass(frozen=True, eq=False)
class Translated:
    """Attributes:
    view: the sentences and the networks.
    rows: for each network its rows of sentences.csv.gz, in the order of the sentences.
    """

    view: ExamplesView
    rows: tuple[pd.DataFrame, ...]


def read_translated(run: Path, cast: Cast) -> Translated | NotMeasured:
    """Read them. Raises `InputError` for a view and a table that are not of one run."""
    view = read_view(run, EXAMPLES_VIEW)
    if isinstance(view, NotMeasured):
        return view
    table = read_table(run, SENTENCES, cast)
    if isinstance(table, NotMeasured):
        return table
    places = pd.DataFrame([(one.test_set, one.line) for one in view.sentences], columns=_PLACE)
    wanted = pd.MultiIndex.from_frame(places)
    of_networks = dict(iter(table.groupby(["arm", "replicate", "level"])))
    rows = []
    for network in view.networks:
        found = of_networks.get((network.arm, network.replicate, network.level))
        by_place = None if found is None else found.set_index(_PLACE)
        if by_place is None or not wanted.isin(by_place.index).all():
            raise InputError(
                f"{run / SENTENCES.file}: no translations of {network.arm}, replicate "
                f"{network.replicate}, level {network.level}, which {EXAMPLES_VIEW.file} names; "
                f"{MEND}"
            )
        rows.append(by_place.loc[wanted].reset_index())
    return Translated(view, tuple(rows))
