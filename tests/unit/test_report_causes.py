"""The section on where the damage sits, as data."""

from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from cast_fixture import CAST

from ticketscope.report.causes import figures
from ticketscope.report.causes.sections import cause_parts
from ticketscope.report.parts.part import Figure, Gap, Prose
from ticketscope.tables.causes import CAUSES
from ticketscope.tables.table import NotMeasured

EMPTY = {name: float("nan") for name, column in CAUSES.names.items() if column.kind != "text"} | {
    name: "" for name, column in CAUSES.names.items() if column.kind == "text"
}


def row(arm: str, experiment: str, measure: str, value: float, **cells: Any) -> dict[str, Any]:
    return EMPTY | {
        "arm": arm, "replicate": 0, "level": 1, "sparsity_prunable": 0.5,
        "experiment": experiment, "measure": measure, "value": value,
        "lower": value - 0.1, "upper": value + 0.1, "num_sentences": 40, "num_events": 400,
        **cells,
    }  # fmt: skip


def table(first: float, second: float) -> pd.DataFrame:
    rows = [row("dense", "whole", "loss", 1.0, level=0)]
    for arm in ("lr_rewinding", "dense_continued"):
        rows += [
            row(arm, "whole", "loss", 2.0, difference_dense=1.0),
            row(arm, "whole", "bleu", 30.0, difference_dense=-2.0),
            *(
                row(arm, "restored", "regained", value, unit=unit, part=part, num_back=300,
                    share_back=0.03)
                for value, unit, part in (
                    (first, "layer", "encoder.1"),
                    (second, "layer", "decoder.1"),
                    (first, "block", "encoder.1.feed_forward"),
                    (first + second, "sum", "layers"),
                )
            ),
            row(arm, "stitched_below", "loss", 1.4, part="encoder.1", map="affine",
                difference_dense=0.4),
            row(arm, "stitched_below", "bleu", 20.0, part="encoder.1", map="affine",
                difference_dense=-3.0, num_sentences=20),
            row(arm, "logit_lens", "mean_layer", 1.5, difference_dense=0.2),
        ]  # fmt: skip
    return pd.DataFrame(rows)


def parts(causes: Any) -> list[Any]:
    run: Any = SimpleNamespace(tables={"causes": causes}, cast=CAST)
    return list(cause_parts(run))


def test_the_finding_names_the_layer_to_restore_first():
    first, *_ = parts(table(0.3, 0.4))
    assert isinstance(first, Prose)
    assert first.lead.endswith("level 1, replicate 0: restore decoder.1 first.")
    assert (
        "falls by 0.400 [+0.300 to +0.500] nats per target token, 40\u00a0% of the gap"
        in first.text
    )
    assert "sums up to 0.700, so the damage is not the sum of its parts" in first.text


def test_where_no_layer_helps_it_says_so_and_where_they_add_up_too():
    first, *_ = parts(table(-0.2, 0.05))
    assert first.lead.endswith("no layer alone mends it.")
    first, *_ = parts(table(0.5, 0.55))
    assert "is about the sum of its parts" in first.text


def test_figures_have_a_row_per_mark():
    causes = table(0.3, 0.4)
    restored = figures.restored_data(causes, CAST)
    assert set(restored["part"]) == {"encoder.1", "decoder.1", "encoder.1.feed_forward"}
    assert restored["unit"].iloc[0] == "layer"
    for measure, value in {"loss": 0.4, "bleu": -3.0}.items():
        stitched = figures.stitched_data(causes, CAST, measure)
        assert stitched["value"].tolist() == [pytest.approx(value)]
    lens = figures.lens_data(causes, CAST)
    assert lens["frequency"].unique().tolist() == ["all tokens"]
    found = parts(causes)
    assert [part.title for part in found if isinstance(part, Figure)] == [
        "Which layer to restore first",
        "Which half still fits the other network",
        "What stitched networks still translate",
        "How late the decoder settles on a word",
    ]
    for part in found:
        if isinstance(part, Figure):
            assert part.spec()["layer"]


def test_what_was_not_measured_is_a_gap():
    [gap] = parts(NotMeasured("causes.csv is not there."))
    assert isinstance(gap, Gap)
    causes = table(0.3, 0.4)
    whole = causes[causes["experiment"].isin(("whole", "logit_lens"))]
    lines = parts(whole)
    assert "other shapes or tokens" in lines[0].text
    assert any(isinstance(part, Gap) for part in lines)
