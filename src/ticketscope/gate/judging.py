"""From rules and tables to decisions."""

from collections.abc import Iterator

from ticketscope.gate.joined_figure import JoinedFigure
from ticketscope.gate.material import Material
from ticketscope.gate.row_figures import RowFigures
from ticketscope.gate.rules import GateRule, GateRules
from ticketscope.gate.rules_file import Places
from ticketscope.gate.selection import Asked, Chosen, Key, labels_of, selected
from ticketscope.gate.verdict import Decision, GateOutcome, JudgedRow

_NOWHERE = Places()


def judge(rules: GateRules, material: Material, places: Places = _NOWHERE) -> GateOutcome:
    """Judge the networks of a run by every rule.

    Raises `InputError` for a rule that names what there is not, that selects no row, or whose
    figure was not measured: nothing is passed for want of a figure.
    """
    decisions = tuple(
        decision
        for name, rule in rules.rules.items()
        for decision in _decisions(Asked(name, rule, rules, places, material))
    )
    return GateOutcome(decisions, tuple(_remarks(decisions, material)))


def _decisions(asked: Asked) -> Iterator[Decision]:
    chosen, figures = selected(asked), RowFigures(asked)
    joined = [{key: figures.joined(each, key) for key in each.rows} for each in chosen]
    keys = list(dict.fromkeys(key for of_network in joined for key in of_network))
    measured = [key for key in keys if any(of_network.get(key) for of_network in joined)]
    if not measured:
        what = _compared(asked.rule, asked.rule.figure)
        raise asked.refused("figure", f"no selected row of {asked.table.name}.csv has {what}")
    for each, of_network in zip(chosen, joined, strict=True):
        for key in measured:
            if of_network.get(key) is None:
                label = labels_of(measured, asked.table)[measured.index(key)]
                where = f" in the row with {label}" if label else ""
                what = _compared(asked.rule, asked.rule.figure)
                raise asked.refused("figure", f"{_called(each, asked)} has no {what}{where}")
        yield _decision(asked, each, measured, of_network, len(keys) - len(measured))


def _decision(
    asked: Asked,
    chosen: Chosen,
    keys: list[Key],
    figures: dict[Key, JoinedFigure | None],
    num_empty: int,
) -> Decision:
    rows = []
    for key, label in zip(keys, labels_of(keys, asked.table), strict=True):
        figure = figures[key]
        assert figure is not None
        rows.append(JudgedRow(label, figure, asked.rule.bound, len(keys)))
    return Decision(
        rule=asked.name,
        network=_called(chosen, asked),
        subject=_subject(asked.rule),
        bound=asked.rule.bound,
        rows=tuple(rows),
        num_empty=num_empty,
    )


def _called(chosen: Chosen, asked: Asked) -> str:
    """A network as people call it."""
    if chosen.level is None or asked.material.cast.is_given:
        return chosen.arm
    return f"{chosen.arm} level {chosen.level}"


def _subject(rule: GateRule) -> str:
    """Which figure a rule judges, in words."""
    cells = ", ".join(
        f"{column} = {' or '.join(map(str, values))}" for column, values in rule.where.items()
    )
    what = _compared(rule, f"{rule.table}.{rule.figure}")
    return f"{what} where {cells}" if cells else what


def _compared(rule: GateRule, figure: str) -> str:
    if rule.difference_to:
        return f"{figure} less that of {rule.difference_to}"
    return f"{figure} over that of {rule.ratio_to}" if rule.ratio_to else figure


def _remarks(decisions: tuple[Decision, ...], material: Material) -> Iterator[str]:
    """What a reader must know of the figures, each once."""
    rows = [row for decision in decisions for row in decision.rows]
    if max(row.figure.num_replicates for row in rows) > 1:
        yield (
            "A figure is the mean over replicates; its interval is for other seeds and other "
            "sentences."
        )
    elif material.num_replicates == 1 and any(row.interval.lower is not None for row in rows):
        yield (
            "One replicate of each network: intervals are for other sentences (or rounds), and do "
            "not tell how far another seed would move a figure."
        )
    if bare := {d.rule for d in decisions if any(r.interval.lower is None for r in d.rows)}:
        yield f"Compared as it is, since it has no interval: {', '.join(sorted(bare))}."
    if many := [d for d in decisions if len(d.rows) > 1]:
        most = max(len(decision.rows) for decision in many)
        yield (
            f"Of a rule over several rows (up to {most}) all must pass; it fails if one row is "
            "beyond the bound with 95 % confidence for all of them together (Bonferroni), not for "
            "it alone."
        )
    for rule, num in {d.rule: d.num_empty for d in decisions if d.num_empty}.items():
        yield f"{rule}: {num} further rows have no figure for any network and are left out."
