"""The sentences that a reader browses, with what each network made of them."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ticketscope.arms.cast import Cast
from ticketscope.errors import InputError
from ticketscope.tables.behaviour import BROKEN_SENTENCES
from ticketscope.tables.damage import DAMAGED_SENTENCES
from ticketscope.tables.examples import EXAMPLES_VIEW, ExamplesView
from ticketscope.tables.quality import SENTENCES
from ticketscope.tables.table import MEND, NotMeasured, Table
from ticketscope.tables.typed import read_table
from ticketscope.tables.view import read_view

_NETWORK = ["arm", "replicate", "level"]
_PLACE = ["test_set", "line"]


@dataclass(frozen=True, eq=False)
class Translated:
    """Sentences and networks are given by their places in the view.

    Attributes:
        view: the sentences and the networks.
        rows: for each network its rows of sentences.csv.gz, in the order of the sentences.
        damaged: what broke: `sentence`, `network`, `kind`, `num_events`, `num_broken`.
        every_time: which sentences break in every network like this one: `sentence`, `network`,
            `failure`.
    """

    view: ExamplesView
    rows: tuple[pd.DataFrame, ...]
    damaged: pd.DataFrame
    every_time: pd.DataFrame


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
    of_networks = dict(iter(table.groupby(_NETWORK)))
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
    sentences = places.assign(sentence=range(len(places)))
    damaged = _rows(run, DAMAGED_SENTENCES, cast).merge(_networks(view), on=_NETWORK)
    return Translated(
        view,
        tuple(rows),
        damaged.merge(sentences, on=_PLACE),
        _every_time(_rows(run, BROKEN_SENTENCES, cast), view, cast).merge(sentences, on=_PLACE),
    )


def _rows(run: Path, table: Table, cast: Cast) -> pd.DataFrame:
    found = read_table(run, table, cast)
    if isinstance(found, NotMeasured):
        kinds = {"text": "object", "whole": "int64", "number": "float64"}
        return pd.DataFrame({c.name: pd.Series(dtype=kinds[c.kind]) for c in table.columns})
    return found


def _networks(view: ExamplesView) -> pd.DataFrame:
    shown = [(network.arm, network.replicate, network.level) for network in view.networks]
    return pd.DataFrame(shown, columns=_NETWORK).assign(network=range(len(shown)))


def _every_time(rows: pd.DataFrame, view: ExamplesView, cast: Cast) -> pd.DataFrame:
    """The rows that are about networks like one under study, beside its place; those without an arm
    are about all variants. Of one network alone it is not known whether it breaks every time."""
    compressed = [arm.name for arm in cast.arms if not arm.is_control]
    studied = _networks(view)
    studied = studied[studied["arm"].isin(compressed)].drop(columns="replicate")
    several = rows[rows["num_networks"] > 1]
    of_arm = several.merge(studied, on=["arm", "level"])
    of_all = several[several["arm"] == ""].drop(columns=["arm", "level"])
    return pd.concat([of_arm, of_all.merge(studied, how="cross")])
