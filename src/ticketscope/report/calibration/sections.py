"""The section on calibration."""

from collections.abc import Iterator

import pandas as pd

from ticketscope.report.calibration import figures
from ticketscope.report.drawing.network_lines import named
from ticketscope.report.parts.cells import cell, interval_cell
from ticketscope.report.parts.part import Figure, Gap, Part, Prose, Table
from ticketscope.report.parts.told_apart import told_apart
from ticketscope.report.parts.wording import capital, count, signed
from ticketscope.report.reading.run_tables import RunTables
from ticketscope.tables.calibration import CALIBRATION
from ticketscope.tables.table import NotMeasured


def calibration_parts(run: RunTables) -> Iterator[Part]:
    """How far confidence and accuracy are apart."""
    calibration = run.tables[CALIBRATION.name]
    if isinstance(calibration, NotMeasured):
        yield Gap(calibration.reason)
        return
    cast = run.cast
    yield from _finding(run, calibration)
    first = calibration.iloc[0]
    pieces, sentences = (count(int(first[of])) for of in ("num_events", "num_sentences"))
    binning = "of one width" if first["binning"] == "equal_width" else "with as many pieces each"
    yield Prose(
        "A network is calibrated if of the pieces that it predicts with a probability of 80 %, "
        "80 % are right. Each piece of the references is predicted from the right ones before it; "
        "the likeliest is right if the reference has it. This says nothing about pieces that "
        "follow a network's own errors, where it is mostly surer than it should be, and another "
        "right translation counts as wrong (Wang et al. 2020): compare networks, and trust no "
        f"probability. n = {pieces} pieces of {sentences} sentences of {first['test_set']}."
    )
    data = figures.reliability_data(calibration, cast)
    yield Figure(
        "How often a network is right that is so sure",
        "Below the dashed line a network is too sure, above it not sure enough. Each point is a "
        f"bin of pieces, {binning}; bars are 95 % intervals that know that pieces of a sentence "
        "hang together.",
        figures.reliability_chart(data, cast),
    )
    yield Figure(
        "Calibration as a whole",
        "Above 0, confidence minus accuracy says that a network is too sure. The expected "
        "calibration error is above 0 by chance, too: the table says how far. Bars are 95 % "
        "intervals over sentences.",
        figures.whole_chart(figures.whole_data(calibration, cast), cast, "value"),
    )
    differences = figures.difference_data(calibration, cast)
    if not differences.empty:
        yield Figure(
            "What sets networks apart in calibration",
            "Differences of the same figures, paired by sentence. Where a bar does not reach 0, "
            "more than chance is behind it.",
            figures.whole_chart(differences, cast, "difference"),
        )
    yield _table(calibration, run)


def _finding(run: RunTables, calibration: pd.DataFrame) -> Iterator[Part]:
    rows = calibration[calibration["metric"].eq("overconfidence")]
    found = told_apart(rows, run.cast)
    if found is None:
        return
    least, most = found.rows["value"].min(), found.rows["value"].max()
    text = (
        f"{capital(found.of(found.num_above))} are surer than they should be by more than "
        f"{found.other} is, and {found.of(found.num_below)} by less, by their whole intervals. The "
        f"difference in confidence minus accuracy is {_between(least, most)} points."
    )
    if found.num_above:
        lead = f"Some have become too sure beside {found.other}."
    elif found.num_below:
        lead = f"None has become too sure beside {found.other}, and some have become less so."
    else:
        lead = "None has become surer than it should be, as far as chance lets one tell."
    yield Prose(text, lead=lead)


def _between(least: float, most: float) -> str:
    """Of shares, in points."""
    ends = [signed(100 * end, 1) for end in (least, most)]
    return ends[0] if ends[0] == ends[1] else " to ".join(ends)


def _table(calibration: pd.DataFrame, run: RunTables) -> Table:
    rows = calibration[calibration["bin"].isna()]
    titled = named(rows, run.cast, "metric")
    return Table(
        title="All figures of calibration",
        columns=("network", "metric", "replicate", "level", "value", "95 %"),
        rows=tuple(
            (
                row["network"],
                row["metric"].replace("_", " "),
                str(row["replicate"]),
                str(row["level"]),
                cell(row["value"], 4),
                interval_cell(row["lower"], row["upper"], 4),
            )
            for row in titled.to_dict("records")
        ),
        num_text=2,
        folded=True,
    )
