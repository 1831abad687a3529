"""The section on where the damage sits: which layer to restore first, and what the halves are
worth."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from ticketscope.arms import Arm
from ticketscope.report.causes import figures
from ticketscope.report.parts.part import Figure, Gap, Part, Prose
from ticketscope.report.parts.wording import about, count, number, percent, signed
from ticketscope.report.reading.run_tables import RunTables
from ticketscope.tables.causes import CAUSES, RESTORED, WHOLE
from ticketscope.tables.table import NotMeasured

_ADDITIVE = 0.1
"""How far the sum may be from the whole, as a share of it, to be called about the same."""
_INTERVAL = "Bars are 95 % intervals over blocks of sentences (jackknife)"


def cause_parts(run: RunTables) -> Iterator[Part]:
    """Of each arm under study what mends it, then the figures."""
    causes, cast = run.tables[CAUSES.name], run.cast
    if isinstance(causes, NotMeasured):
        yield Gap(causes.reason)
        return
    for arm in cast.studied:
        yield from _finding(causes, arm, run)
    dense = cast.nouns.dense
    restored = figures.restored_data(causes, cast)
    if restored.empty:
        yield Gap(f"No network has the shapes of {dense}, so no part of it fits into any.")
    else:
        yield Figure(
            "Which layer to restore first",
            f"Each row is a part of {dense} that is put into the network, with its layer norms; "
            "choose layers or blocks below. What lies right of the dashed line lowers the loss, "
            "what lies left of it does harm: the layers of a network that was trained on have "
            f"grown together. {_INTERVAL}, paired on {_pairs(causes)}. The command "
            "ticketscope restore writes such a network.",
            figures.restored_chart(restored, cast),
        )
    stitched = figures.stitched_data(causes, cast, "loss")
    if not stitched.empty:
        yield Figure(
            "Which half still fits the other network",
            f"The loss of a network whose layers up to one come from one network and all above it "
            f"from the other, less the loss of {dense}. Orange: the lower half is of the network "
            "under study; where it is low, these layers are sound. The map is affine, fitted on "
            "other pairs, and undoes what is merely turned or scaled. Where the decoder is "
            f"stitched, each half reads its own encoder. {_INTERVAL}.",
            figures.stitched_chart(stitched, cast, "loss"),
        )
    translating = figures.stitched_data(causes, cast, "bleu")
    if not translating.empty:
        translated = causes[causes["measure"] == "bleu"]
        yield Figure(
            "What stitched networks still translate",
            f"BLEU of the same networks, less that of {dense}, both translating greedily, on the "
            f"first {count(int(translated['num_sentences'].max()))} held-out pairs. {_INTERVAL}.",
            figures.stitched_chart(translating, cast, "bleu"),
        )
    lens = figures.lens_data(causes, cast)
    if not lens.empty:
        yield Figure(
            "How late the decoder settles on a word",
            "The first layer of the decoder from which on the output matrix gives the token that "
            f"is said in the end: the mean, less that of {dense}, by how frequent the token of the "
            "reference is. Right of the dashed line tokens are settled later. "
            f"{_INTERVAL}, paired on {_pairs(causes)}.",
            figures.lens_chart(lens, cast),
        )


def _pairs(causes: pd.DataFrame) -> str:
    return f"{count(int(causes['num_sentences'].max()))} held-out pairs"


def _finding(causes: pd.DataFrame, arm: Arm, run: RunTables) -> Iterator[Prose]:
    """What the last level of an arm says, in the replicate that is named."""
    rows = causes[causes["arm"] == arm.name]
    if rows.empty:
        return
    rows = rows[rows["level"] == rows["level"].max()]
    rows = rows[rows["replicate"] == rows["replicate"].min()]
    parts = rows[(rows["experiment"] == RESTORED) & (rows["measure"] == "regained")]
    best = figures.best_layer(rows)
    is_loss = (rows["experiment"] == WHOLE) & (rows["measure"] == "loss")
    [whole] = rows[is_loss].to_dict("records")
    gap, dense = whole["difference_dense"], run.cast.nouns.dense
    where = arm.title
    if not run.cast.is_given:
        where += f", level {whole['level']}, replicate {whole['replicate']}"
    if best is None:
        yield Prose(f"No part of {dense} fits into it: other shapes or tokens.", lead=f"{where}: ")
        return
    lead = f"restore {best['part']} first" if best["lower"] > 0 else "no layer alone mends it"
    yield Prose(
        " ".join([_of_best(best, gap, dense), _of_sum(parts, gap, dense)]),
        lead=f"{where}: {lead}.",
    )


def _of_best(best: Mapping[Any, Any], gap: float, dense: str) -> str:
    """What the layer gives back that gives most."""
    verb, sign = ("falls", 1.0) if best["value"] >= 0 else ("rises", -1.0)
    ends = ""
    if not pd.isna(best["lower"]):
        lower, upper = sorted(sign * best[end] for end in ("lower", "upper"))
        ends = f" [{signed(lower, 3)} to {signed(upper, 3)}]"
    share = f", {about(best['value'] / gap)} of the gap" if 0 < best["value"] < gap else ""
    return (
        f"With {best['part']} of {dense} its loss {verb} by {number(abs(best['value']), 3)}{ends} "
        f"nats per target token{share}; {count(int(best['num_back']))} weights come back, "
        f"{percent(best['share_back'])} of those of {dense}."
    )


def _of_sum(parts: pd.DataFrame, gap: float, dense: str) -> str:
    """How far the layers are from additive."""
    total = float(parts[(parts["unit"] == "sum") & (parts["part"] == "layers")]["value"].iloc[0])
    adds_up = gap > 0 and abs(total / gap - 1) < _ADDITIVE
    return (
        f"All of them at once are {dense}, and change the loss by {signed(-gap, 3)}; what they "
        f"regain one by one sums up to {number(total, 3)}, so the damage "
        f"{'is about the sum of its parts' if adds_up else 'is not the sum of its parts'}."
    )
