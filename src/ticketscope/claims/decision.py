"""From the curves of a claim to its rows: one statistic decides, the others stand beside it."""

from collections.abc import Iterator
from dataclasses import replace

from ticketscope.claims.claim import Claim, Writer, percent
from ticketscope.claims.dose import Curve, Measured, Missing, at_most
from ticketscope.claims.quality_holds import LastHeld


def decided(writer: Writer, measured: Measured, held: LastHeld) -> tuple[Claim, ...]:
    """The rows of a claim: its own, then each statistic over the registered levels and over those
    of them up to which quality holds."""
    rows = [row for each in measured for row in _over_both(writer, each, held)]
    deciding = rows[0]
    if deciding.verdict == "not measured":
        return (writer.verdict("not measured", deciding.reason), *rows)
    whole = writer.decided_by(deciding)
    beyond = _beyond(measured[0], writer, held)
    if beyond:
        whole = replace(whole, sentence=f"{whole.sentence} {beyond}")
    return (whole, *rows)


def decided_on_one(writer: Writer, measured: Measured) -> tuple[Claim, ...]:
    """The rows of a claim on a network that others made: its own, then each statistic."""
    rows = tuple(
        writer.missing(each) if isinstance(each, Missing) else writer.of_one_network(each)
        for each in measured
    )
    deciding = rows[0]
    if deciding.verdict == "not measured":
        return (writer.verdict("not measured", deciding.reason), *rows)
    return (writer.decided_by(deciding), *rows)


def _over_both(writer: Writer, each: Curve | Missing, held: LastHeld) -> Iterator[Claim]:
    if isinstance(each, Missing):
        yield writer.missing(each, "registered")
        yield writer.missing(each, "held")
        return
    up_to = writer.registered.up_to
    row = writer.curve(each, "registered", up_to)
    beyond = _beyond(each, writer, held)
    yield replace(row, sentence=f"{row.sentence} {beyond}") if beyond else row
    if held.sparsity:
        yield writer.curve(each, "held", min(up_to, held.sparsity), held.note)
    else:
        yield writer.missing(Missing(each.statistic, each.reference, held.note), "held")


def _beyond(each: Curve | Missing, writer: Writer, held: LastHeld) -> str:
    """A sentence that says that the levels go beyond those at which quality holds, or ""."""
    if isinstance(each, Missing):
        return ""
    shares = each.up_to(writer.registered.up_to).sparsities
    if not shares or at_most(shares[-1], held.sparsity):
        return ""
    return f"Mind: it is over levels up to {percent(shares[-1])} pruned, and {held.note}."
