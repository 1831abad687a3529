"""Claims on networks that others made: one network, no rounds, intervals over sentences."""

from dataclasses import fields, replace

import numpy as np
import pandas as pd
import pytest
from claims_fixture import FakeTables

from ticketscope.arms.cast import Cast, dissection_cast
from ticketscope.claims import (
    CLAIM,
    CLAIMS,
    Claim,
    ClaimTables,
    claims,
    claims_by_level,
    semantics_first,
    studied_arms,
)
from ticketscope.claims.dose import EIGHT
from ticketscope.claims.verdicts import NORMAL
from ticketscope.config import Claims

CAST = dissection_cast("opus", ["int8"], ["trained-on"])
NAMES = {"dense": "base", "lr_rewinding": "int8", "dense_continued": "trained-on"}
HALF = 0.2
"""Of the interval of a paired difference in BLEU, on either test set."""


def given(*, without: tuple[str, ...] = (), bleu: float = -0.1) -> ClaimTables:
    """Two seeds of a lottery with one level, as a base with a twin, a variant and a control; the
    variant has no zeros."""
    fake = FakeTables(replicates=2, bleu=(bleu,), probed=(1,), jitter=(0.0, 0.0)).tables()
    found = {}
    for table in ("quality", "probes", "similarity", "complexity", "attention"):
        rows: pd.DataFrame = getattr(fake, table)
        rows = rows[rows["replicate"] == 0].assign(sparsity_prunable=0.0)
        renamed = {of: rows[of].replace(NAMES) for of in ("arm", "other_arm") if of in rows}
        rows = rows.assign(**renamed)
        if "other_replicate" in rows and "twin" in without:
            rows = rows[rows["other_replicate"].ne(1)]
        found[table] = rows[~rows["arm"].isin(without)]
    quality = found["quality"]
    control = quality["arm"].eq("int8").map({True: 0.0, False: np.nan})
    ends = {
        f"difference_control_{end}": control + s * HALF for end, s in (("lower", -1), ("upper", 1))
    }
    return ClaimTables(**(found | {"quality": quality.assign(**ends)}), registered=Claims())


def decided(tables: ClaimTables, cast: Cast = CAST) -> dict[str, Claim]:
    (studied,) = studied_arms(cast)
    return {row.claim: row for row in claims(tables, studied) if row.statistic == CLAIM}


def test_each_claim_is_decided_on_the_one_network_with_the_margins_of_eight_rounds() -> None:
    found = decided(given())
    registered = Claims()
    assert found["C0"].verdict == "supported"
    assert found["C0"].value == pytest.approx(-0.1)
    for claim in ("C0", "C1", "C2", "C3", "C4", "C5"):
        assert found[claim].margin == pytest.approx(getattr(registered, claim.lower()))
        assert found[claim].num_replicates == 1
        assert "other seeds may give others" in found[claim].sentence
        assert "level" not in found[claim].sentence + found[claim].reason


def test_an_interval_is_as_wide_as_if_all_its_figures_erred_together() -> None:
    tables = given()
    bleu = decided(tables)["C0"]
    assert bleu.lower == pytest.approx(-0.1 - HALF, abs=1e-3)
    # The slope over six layers of differences of two figures, each with half an interval of 0.005.
    depth = np.linspace(-0.5, 0.5, 6)
    half = np.abs(depth / (depth @ depth)).sum() * 2 * 0.005
    slope = decided(tables)["C2"]
    assert slope.value is not None
    assert slope.lower == pytest.approx(slope.value - half, rel=1e-3)
    assert slope.lower_90 == pytest.approx(slope.value - half * 1.6449 / NORMAL, rel=1e-3)


def test_where_no_table_tells_of_other_sentences_nothing_is_decided() -> None:
    found = decided(given())["C4"]
    assert found.verdict == "undecided"
    assert found.value is not None
    assert found.lower is None
    assert "choice of sentences" in found.reason


def test_a_loss_of_more_than_the_margin_is_found_on_one_network() -> None:
    assert decided(given(bleu=-2.0))["C0"].verdict == "contradicted"
    assert decided(given(bleu=-0.5))["C0"].verdict == "undecided"


def test_what_lacks_is_told_with_the_option_that_gives_it() -> None:
    alone = dissection_cast("opus", ["int8"])
    found = decided(given(without=("trained-on",)), alone)
    assert {row.verdict for row in found.values()} == {"not measured"}
    assert all("--control DIR" in found[f"C{number}"].reason for number in (0, 2, 3, 4))
    lone = decided(given(without=("twin",)))
    assert "--twin DIR" in lone["C5"].reason
    unprobed = replace(given(), probes=None)
    assert "--probes real --probe-data DIR" in decided(unprobed)["C1"].reason
    unseen = decided(replace(unprobed, complexity=None))["C1"].reason
    assert "CTranslate2 shows no states" in unseen, "probes cannot be had of it"
    assert "--probes" not in unseen
    (studied,) = studied_arms(CAST)
    rows = {row.statistic: row for row in claims(unprobed, studied) if row.claim == "C1"}
    lacking = rows[semantics_first.DIFFERENCE.name]
    assert lacking.margin == pytest.approx(Claims().c1), "there are no rounds to divide it by"


def test_what_grows_with_what_is_pruned_is_told_as_at_eight_rounds_and_here_as_it_is() -> None:
    (studied,) = studied_arms(CAST)
    for asked in CLAIMS.values():
        deciding = asked.measure(given(), studied)[0].statistic
        assert (asked.rounds == EIGHT) == deciding.per_round, asked.title
    assert CLAIMS["C1"].told(Claims().c1 / EIGHT) == CLAIMS["C1"].told(Claims().c1, is_given=True)


def test_networks_of_other_depth_are_not_set_side_by_side() -> None:
    tables = given()
    similarity, complexity = tables.similarity, tables.complexity
    assert similarity is not None
    assert complexity is not None
    shallow = [
        rows[rows["arm"].ne("int8") | rows["layer"].le(4)] for rows in (similarity, complexity)
    ]
    found = decided(replace(tables, similarity=shallow[0], complexity=shallow[1]))
    assert found["C2"].verdict == found["C3"].verdict == "not measured"
    assert found["C2"].reason == found["C4"].reason
    assert found["C2"].reason.startswith(
        "int8 and trained-on have not the same layers; the section"
    )


def test_the_table_by_level_has_the_same_figures() -> None:
    tables = given()
    (studied,) = studied_arms(CAST)
    rows = {row.statistic: row for row in claims_by_level(tables, studied) if row.claim == "C2"}
    whole = {row.statistic: row for row in claims(tables, studied) if row.claim == "C2"}
    for name, row in rows.items():
        if row.reference == "control":
            same = {of.name for of in fields(row)} & {
                "value",
                "lower",
                "upper",
                "margin",
                "verdict",
            }
            assert all(getattr(row, of) == getattr(whole[name], of) for of in same)
            assert row.rounds == 0
