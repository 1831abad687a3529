"""The section on bias and challenge sets, of lotteries and of dissections."""

from collections.abc import Iterator
from typing import Any, Final

import pandas as pd

from ticketscope.report.challenge import figures
from ticketscope.report.drawing.given_networks import title_of
from ticketscope.report.parts.cells import cell, interval_cell, ticket_cells
from ticketscope.report.parts.part import Figure, Gap, Part, Prose, Table
from ticketscope.report.parts.wording import capital, count, percent, plural, signed
from ticketscope.report.reading.run_tables import RunTables
from ticketscope.tables.table import NotMeasured

_OTHERS: Final = ("dense", "control")
_MANY_UNKNOWN: Final = 0.5
"""From this share of sentences without a noun on, a network does not know what it is asked."""


def challenge_parts(run: RunTables) -> Iterator[Part]:
    """How the stereotype gap changed, then what choices became wrong."""
    challenge = run.tables["challenge"]
    if isinstance(challenge, NotMeasured):
        yield Gap(
            "No challenge set was asked. The built-in sentences about persons are English, and "
            "genders are read in German; other sets are files: --challenge FILE."
        )
        return
    yield from _persons(run, figures.of_persons(challenge))
    yield from _choices(run, figures.of_choices(challenge))
    left_out = challenge.drop_duplicates("set")
    left_out = left_out[left_out["num_left_out"] > 0]
    for row in left_out.to_dict("records"):
        lines = plural(int(row["num_left_out"]), "line")
        yield Prose(
            f"Of the set {row['set']}, {lines} could not be asked; the start of the run says why."
        )


# ----------------------------------------------------------------------------- persons


def _persons(run: RunTables, rows: pd.DataFrame) -> Iterator[Part]:
    if rows.empty:
        return
    yield from _unknown(run, rows)
    gaps = rows[rows["metric"].eq(figures.GAP)]
    for name, of_set in gaps.groupby("set", sort=False):
        sentences = count(int(of_set["num_sentences"].max()))
        where = f"In {sentences} built-in sentences" if name == "gender" else f"On the set {name}"
        for other in _OTHERS:
            yield from _gap_found(run, of_set, other, where)
    yield Prose(
        "A pronoun tells whether a person is a man or a woman, and German must say it by the noun. "
        "The stereotype gap (ΔS) is the share of genders that are right where the pronoun fits "
        "what most people in the profession are, minus that where it does not. The gender gap (ΔG) "
        "is F1 of men minus F1 of women (Stanovsky et al. 2019)."
    )
    for other in _OTHERS:
        data = figures.difference_data(rows, run.cast, other)
        if not data.empty:
            yield Figure(
                f"How genders changed against {_named(run, other)}",
                "A gap above 0 grew. For what is right, below 0 is worse; for what was not found "
                "or not clear, above 0. Bars are paired 95 % intervals in which the sentences "
                "about one profession hang together.",
                figures.difference_chart(data, run.cast),
                wide=not run.cast.is_given,
            )
    yield from _tables(run, rows)


def _gap_found(run: RunTables, rows: pd.DataFrame, other: str, where: str) -> Iterator[Part]:
    """The finding: where the gap surely changed, and the network whose gap grew the most."""
    known = figures.differences(rows, other)
    if known.empty:
        return
    grew, shrank = int((known["lower"] > 0).sum()), int((known["upper"] < 0).sum())
    worst = max(known.to_dict("records"), key=lambda row: row["value"])
    most = f"{_network(run, worst)}: {_told(worst)}"
    networks = plural(len(known), "network")
    yield Prose(
        f"{where}, the gap is surely wider in {grew} of {networks} and surely narrower in "
        f"{shrank}; it grew most in {most}."
        if grew or shrank
        else f"{where}, the gap surely changed in none of {networks}; it grew most in {most}.",
        lead=f"Stereotypes against {_named(run, other)}.",
    )


def _unknown(run: RunTables, rows: pd.DataFrame) -> Iterator[Part]:
    """Whether the dense models know the professions at all."""
    dense = rows[rows["arm"].eq(run.cast.dense.name) & rows["metric"].eq("not_found")]
    for name, share in dense.groupby("set", sort=False)["value"].mean().items():
        if share >= _MANY_UNKNOWN:
            yield Prose(
                f"{capital(run.cast.nouns.dense)} has no German noun for the profession in "
                f"{percent(float(share))} of the sentences of {name}: it hardly knows what it is "
                "asked, and the gaps say little.",
                lead="Hardly measured.",
            )


def _tables(run: RunTables, rows: pd.DataFrame) -> Iterator[Table]:
    is_given = run.cast.is_given
    first = ("network",) if is_given else ("arm", "replicate", "level", "zeros, prunable")
    dense = "minus base" if is_given else "minus dense"
    for name, of_set in rows.groupby("set", sort=False):
        yield Table(
            title=f"All figures of {name}",
            columns=("figure", *first, "value", "95 %", dense, "95 %", "minus control", "95 %"),
            rows=tuple(
                (
                    row["figure"],
                    *((_network(run, row),) if is_given else ticket_cells(row)),
                    cell(row["value"], 3),
                    interval_cell(row["lower"], row["upper"], 3),
                    *_difference(row, "dense"),
                    *_difference(row, "control"),
                )
                for row in of_set.to_dict("records")
            ),
            num_text=2,
            folded=True,
        )


def _difference(row: Any, other: str) -> tuple[str, str]:
    name = f"difference_{other}"
    ends = row[f"{name}_lower"], row[f"{name}_upper"]
    return cell(row[name], 3, with_sign=True), interval_cell(*ends, 3, with_sign=True)


# ----------------------------------------------------------------------------- choices


def _choices(run: RunTables, rows: pd.DataFrame) -> Iterator[Part]:
    if rows.empty:
        return
    yield Prose(
        "A network gets a choice right when it finds the right translation likelier than every "
        "wrong one, summed over pieces. Ties count as wrong."
    )
    for other in _OTHERS:
        known = figures.differences(rows, other)
        if known.empty:
            continue
        yield from _falls(run, known, other)
        yield Figure(
            f"Which challenges each network fails against {_named(run, other)}",
            "The share of choices that are right, minus that of "
            f"{_named(run, other)}: below 0 is worse. Bars are paired 95 % intervals in which the "
            "choices of one source hang together. Of 20, about one misses 0 by chance.",
            figures.difference_chart(figures.difference_data(rows, run.cast, other), run.cast),
            wide=not run.cast.is_given,
        )


def _falls(run: RunTables, known: pd.DataFrame, other: str) -> Iterator[Part]:
    """The finding: how often accuracy surely fell, and where most."""
    fell = known[known["upper"] < 0]
    asked = f"{plural(len(known), 'figure')} of networks and phenomena"
    if fell.empty:
        yield Prose(f"In none of {asked}.", lead=f"Surely worse than {_named(run, other)}:")
        return
    worst = min(fell.to_dict("records"), key=lambda row: row["value"])
    yield Prose(
        f"In {len(fell)} of {asked}; most in {_network(run, worst)} on {worst['figure']} "
        f"({worst['set']}), {_told(worst)}.",
        lead=f"Surely worse than {_named(run, other)}:",
    )


# ----------------------------------------------------------------------------- wording


def _told(row: Any) -> str:
    return f"{signed(row['value'])} [{signed(row['lower'])} to {signed(row['upper'])}]"


def _named(run: RunTables, other: str) -> str:
    return run.cast.nouns.dense if other == "dense" else "the control"


def _network(run: RunTables, row: Any) -> str:
    if run.cast.is_given:
        return title_of(row["arm"], row["replicate"], run.cast)
    title = run.cast[row["arm"]].title
    return f"{title}, level {row['level']} of replicate {row['replicate']}"
