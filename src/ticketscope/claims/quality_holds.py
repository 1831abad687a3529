"""C0: translation quality holds.

It also says up to which level it does, for the other claims.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pandas as pd

from ticketscope.claims.claim import Writer, percent
from ticketscope.claims.claim_tables import ClaimTables, Studied, gap, levels, where
from ticketscope.claims.dose import Curve, Measured, Missing, at_most
from ticketscope.claims.grids import Grids, grids, mean, missing
from ticketscope.claims.in_order import ask
from ticketscope.claims.verdicts import Statistic
from ticketscope.errors import InputError

TELLING = 10.0
"""Below this BLEU of the control, a loss smaller than the margin says nothing: it may be a large
part of the BLEU that there is."""
HALF = 0.5
"""The share of the prunable weights that must go at some registered level."""
_OVER = "paired by sentence, the mean over the in-domain test sets"
BLEU = Statistic("BLEU", "not below", f"BLEU of {{arm}} minus that of {{reference}}, {_OVER}")
LOSS = Statistic(
    "loss",
    "not below",
    f"Loss of {{reference}} minus that of {{arm}}, in nats per target piece, {_OVER}",
)
LOSS_OF_WORDS = Statistic(
    "loss per word",
    "not below",
    f"Loss of {{reference}} minus that of {{arm}}, in nats per target word, {_OVER}",
)
"""In place of `LOSS` for networks that others made: they may cut words into other pieces."""
CHRF = Statistic("chrF", "not below", f"chrF of {{arm}} minus that of {{reference}}, {_OVER}")
RULE_OF_ONE = (
    "Supported where {arm} is shown to lose less BLEU to {control} than the margin; contradicted "
    "where it is shown to lose more"
)
RULE = (
    "Supported where {arm} is shown to lose less BLEU to {control} than the margin at every "
    "registered level, asked in their order; contradicted where it is shown to lose more at the "
    "last one"
)


@dataclass(frozen=True)
class LastHeld:
    """The last registered level up to which quality is non-inferior at every one.

    Where it is at none, or nobody knows, the last level there is.
    """

    level: int
    sparsity: float
    """Share of the prunable weights up to which quality holds; 0 where it does not."""
    note: str
    """Up to where quality holds: a clause."""


def last_held(tables: ClaimTables, studied: Studied) -> LastHeld:
    """Find up to which registered level quality holds in an arm."""
    last = tables.last_level(studied.arm)
    if studied.is_given:
        return LastHeld(last, 0.0, "one network has no levels")
    bleu = next(iter(measure(tables, studied)))
    asked = bleu if isinstance(bleu, Missing) else ask(_writer(tables, studied), bleu)
    if isinstance(asked, Missing):
        return LastHeld(last, 0.0, "it is not known up to where quality holds")
    if asked.num_held:
        level = asked.curve.levels[asked.num_held - 1]
        note = f"quality holds up to level {level} ({percent(asked.held_up_to)} pruned)"
        return LastHeld(level, asked.held_up_to, note)
    if len(asked.curve.numbers) == 1:
        return LastHeld(last, 0.0, "one replicate cannot tell up to where quality holds")
    return LastHeld(last, 0.0, "quality is not shown to hold at any level")


def measure(tables: ClaimTables, studied: Studied) -> Measured:
    """The statistics of C0 on an arm; BLEU against the control decides."""
    registered = tables.registered
    bleu, loss = BLEU.with_margin(registered.c0), LOSS.with_margin(registered.c0_loss)
    found = _gap(tables, studied) or _grids(tables, "bleu", studied)
    if isinstance(found, str):
        return missing((bleu, loss, CHRF), found)
    assert tables.quality is not None
    reason = _too_little(found, studied, bleu) or _too_shallow(tables, found, studied)
    if reason:
        return missing((bleu, loss, CHRF), reason)
    of_loss = ("loss", loss, -1)
    if studied.is_given and where(tables.quality, {"metric": "loss_word"}).size:
        of_loss = ("loss_word", LOSS_OF_WORDS, -1)
    statistics = (("bleu", bleu, 1), of_loss, ("chrf", CHRF, 1))
    return tuple(
        _with_errors(tables, studied, metric, curve)
        for metric, statistic, sign in statistics
        for curve in _curves(tables, metric, statistic, sign, studied)
    )


def in_domain(tables: ClaimTables, metric: str) -> pd.DataFrame:
    """The rows of a metric on in-domain test sets.

    Raises `InputError` for a test set that quality.csv has not.
    """
    assert tables.quality is not None
    rows = where(tables.quality, {"metric": metric})
    rows = rows[rows["test_set"].ne("validation")]
    if not tables.test_sets:
        return rows
    there = sorted(set(rows["test_set"]))
    for name in tables.test_sets:
        if name not in there:
            raise InputError(f"tables/quality.csv: no test set {name}; it has {', '.join(there)}")
    return rows[rows["test_set"].isin(tables.test_sets)]


def no_in_domain(tables: ClaimTables) -> str:
    """Why there is no in-domain test set, and how to get one; or ""."""
    if tables.test_sets != ():
        return ""
    return (
        "every test set lies outside the folder of the corpus, so none is in-domain: put one into "
        "the folder and name it in corpus.tests"
    )


def _gap(tables: ClaimTables, studied: Studied) -> str:
    there = [] if tables.quality is None else levels(tables.quality, studied.arm)
    return no_in_domain(tables) or gap(
        tables.quality, "quality", studied, [studied.arm, studied.control], there
    )


def _grids(tables: ClaimTables, metric: str, studied: Studied) -> Grids | str:
    return grids(in_domain(tables, metric), "quality", studied, "test_set")


def _curves(
    tables: ClaimTables, metric: str, statistic: Statistic, sign: int, studied: Studied
) -> Iterator[Curve | Missing]:
    found = _grids(tables, metric, studied)
    assert not isinstance(found, str)
    yield from found.curves(statistic, lambda by_test_set: sign * mean(by_test_set))


def _with_errors(
    tables: ClaimTables, studied: Studied, metric: str, curve: Curve | Missing
) -> Curve | Missing:
    """With the errors of the sentences, where quality_pooled.csv has them."""
    if isinstance(curve, Missing) or studied.is_given:
        return curve
    is_floor = curve.statistic.name not in (BLEU.name, LOSS.name, CHRF.name)
    if tables.quality_pooled is None:
        return replace(curve, note="of these sentences alone")
    of_curve = where(
        tables.quality_pooled,
        {
            "arm": studied.repeated if is_floor else studied.arm,
            "metric": metric,
            "reference": curve.reference,
        },
    )
    errors = of_curve.set_index("level")["error_sentences"].reindex(curve.levels)
    if errors.isna().any():
        return replace(curve, note="of these sentences alone")
    return replace(curve, sentence_errors=tuple(float(error) for error in errors))


def _too_little(found: Grids, studied: Studied, bleu: Statistic) -> str:
    if isinstance(found.control, str):
        return ""
    highest = float(mean(found.control).mean(axis=0).max())
    if highest >= TELLING:
        return ""
    return (
        f"{studied.control} has {highest:.1f} BLEU at most, too little for a margin of "
        f"{bleu.margin:g} to say whether quality holds"
        + ("" if studied.is_given else ": train for longer or on more data")
    )


def _too_shallow(tables: ClaimTables, found: Grids, studied: Studied) -> str:
    """A run that hardly prunes cannot say whether quality holds."""
    up_to = tables.registered.up_to
    deepest = max((share for share in found.sparsities if at_most(share, up_to)), default=0.0)
    if studied.is_given or at_most(HALF, deepest):
        return ""
    return (
        f"no registered level prunes {percent(HALF)} of the prunable weights, the last one "
        f"{percent(deepest)}: raise lottery.levels, lottery.prune_fraction or claims.up_to"
    )


def _writer(tables: ClaimTables, studied: Studied) -> Writer:
    return Writer("C0", studied, tables.registered, RULE, 0)
