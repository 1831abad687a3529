"""Claims on whole tables: known answers both ways, what is missing, one replicate, k*."""

import re
from collections.abc import Callable
from dataclasses import astuple, fields, replace

import numpy as np
import pandas as pd
import pytest

from ticketscope.claims import (
    CLAIM,
    CLAIMS,
    Claim,
    ClaimTables,
    Studied,
    attention_stays,
    claims,
    claims_by_level,
    higher_layers_diverge,
    higher_layers_simplify,
    last_held,
    semantics_first,
    studied_arms,
)
from ticketscope.claims.by_level import AtLevel
from ticketscope.claims.claim import Writer
from ticketscope.errors import InputError
from ticketscope.tables.claims import CLAIM_VERDICTS, CLAIMS_BY_LEVEL
from unit.claims_fixture import KINDS, STUDIED, TASKS, UNKNOWN, FakeTables

pytestmark = pytest.mark.slow

FAKE = FakeTables()
TABLES = ("quality", "probes", "similarity", "complexity", "attention")
READS = {
    "quality": {"C0"},
    "probes": {"C1", "C4"},
    "similarity": {"C2", "C4", "C5"},
    "complexity": {"C3"},
    "attention": {"C5"},
}


def verdicts(tables: ClaimTables) -> dict[str, str]:
    return {row.claim: row.verdict for row in claims(tables, STUDIED) if row.statistic == CLAIM}


def by_name(tables: ClaimTables) -> dict[tuple[str, str], Claim]:
    return {(row.claim, row.statistic): row for row in claims(tables, STUDIED)}


def row_of(tables: ClaimTables, claim: str, statistic: str = CLAIM) -> Claim:
    return by_name(tables)[claim, statistic]


def changed(
    tables: ClaimTables, name: str, change: Callable[[pd.DataFrame], pd.DataFrame]
) -> ClaimTables:
    return replace(tables, **{name: change(getattr(tables, name))})


# ----------------------------------------------------------------------------- known answers


@pytest.mark.parametrize(
    ("effect", "bleu", "expected"),
    [
        (1.0, (-0.1, -0.2, -3.0), "supported"),
        (-1.0, (-0.1, -3.0, -3.0), "contradicted"),
        (0.0, (-0.1, -1.0, -3.0), "undecided"),
    ],
)
def test_every_verdict_is_reached(effect: float, bleu: tuple[float, ...], expected: str) -> None:
    held = 2 if expected == "supported" else 1
    fake = FakeTables(effect=effect, bleu=bleu, flips_after=held)
    assert verdicts(fake.tables()) == dict.fromkeys(CLAIMS, expected)
    assert last_held(fake.tables(), STUDIED).level == held


@pytest.mark.parametrize("effect", [1.0, 0.5, -1.0])
def test_statistics_are_what_the_tables_were_made_from(effect: float) -> None:
    rows = by_name(FakeTables(effect=effect).tables())
    for claim, statistic, value in (
        ("C0", "difference to control at level 2", -0.2),
        ("C0", "difference to dense at level 2", 0.3),
        ("C0", "s*", 1 - 0.64**2),
        ("C1", "retained morphology and syntax minus semantics", 0.1 * effect),
        ("C1", "retained morphology and syntax", 0.95),
        ("C1", "retained semantics", 0.95 - 0.1 * effect),
        ("C2", "slope over layers", 0.02 * effect),
        ("C2", "Kendall's tau over layers", np.sign(effect)),
        ("C4", "centre of gravity", -0.5 * effect),
        ("C4", "likeness to the next dense layer", 0.1 * effect),
        ("C5", "retained heads minus hidden states", 0.1 * effect),
        ("C5", "retained hidden states", FAKE.retained_states(effect, 0.0)),
        ("C5", "heads matched to themselves", 1.0),
    ):
        assert rows[claim, statistic].value == pytest.approx(value), statistic
    for statistic in ("upper third", "upper minus lower third", "upper third, effective rank"):
        assert rows["C3", statistic].value == pytest.approx(-0.3 * effect, abs=0.01)


def test_intervals_are_students() -> None:
    numbers = -0.2 + 0.02 * np.array([-1.0, 0.0, 1.0])
    half = 4.302652729911275 * numbers.std(ddof=1) / np.sqrt(3)
    found = row_of(FAKE.tables(), "C0", "difference to control at level 2")
    assert (found.lower, found.upper) == pytest.approx((-0.2 - half, -0.2 + half))
    centre = row_of(FAKE.tables(), "C4", "centre of gravity")
    half = 6.205346816570896 * 0.05 / np.sqrt(3)  # 97.5 %: two statistics decide
    assert (centre.lower, centre.upper) == pytest.approx((-0.5 - half, -0.5 + half))


def test_tasks_say_where_they_first_fall_below_the_control() -> None:
    rows = by_name(FAKE.tables())
    for task, group in TASKS.items():
        found = rows["C1", f"first level below control: {task}"]
        semantic = group == "semantics"
        assert found.value == (2.0 if semantic else None)
        assert found.verdict == ("supported" if semantic else "undecided")
    tables = changed(
        FAKE.tables(),
        "probes",
        lambda probes: probes.assign(
            p_below_control_holm=probes["p_below_control_holm"].mask(
                (probes["replicate"] == 1) & (probes["level"] == 2), 0.2
            )
        ),
    )
    assert row_of(tables, "C1", "first level below control: coreference").value == 3.0


def test_a_task_that_the_dense_model_does_not_know_is_left_out_and_named() -> None:
    assert f"left out, not above an untrained encoder: {UNKNOWN};" in (
        row_of(FAKE.tables(), "C1").reason + ";"
    )


# ----------------------------------------------------------------------------- nothing moved

JITTER = np.array([-1.0, 0.2, 1.0])
"""Of three replicates, so that every quantity has a spread."""


def difference_of(claim: str, gap: float, kept: float) -> tuple[Claim, ...]:
    """The rows of a claim where one quantity keeps the share `kept` of the control's and the other
    `gap` more, as surely as can be; `gap` is above 0 on the claimed side."""
    writer, wide, narrow = Writer(claim, STUDIED, "", 3), 0.01 * JITTER, 1e-4 * JITTER
    less, more = kept + wide, kept + gap + wide + narrow
    if claim == "C1":
        rest = np.ones((3, 1, 2))
        ticket = np.stack([more, less], axis=-1)[:, None, :]
        scores = semantics_first.Scores(ticket, rest, 0 * rest[:, 0], np.array([False, True]))
        return semantics_first.decide(writer, scores, "")
    if claim == "C2":
        layers = np.stack([more, less], axis=-1)  # similarity, of which higher layers have less
        return higher_layers_diverge.decide(writer, layers, 0 * layers + 1, 0 * layers, "")
    if claim == "C3":
        layers = np.exp(np.stack([more, less], axis=-1) - 1)
        return higher_layers_simplify.decide(writer, layers, 0 * layers + 1, "")
    heads, states = (attention_stays.Similarity(x, 0 * x + 1, 0 * x) for x in (more, less))
    return attention_stays.decide(writer, heads, states, np.ones(3), "")


@pytest.mark.parametrize("claim", ["C1", "C2", "C3", "C5"])
@pytest.mark.parametrize(("gap", "kept"), [(0.005, 1.0), (-0.005, 1.0)])
def test_a_difference_of_two_that_have_not_moved_is_undecided(
    claim: str, gap: float, kept: float
) -> None:
    whole, *rows = difference_of(claim, gap, kept)
    assert rows[claim == "C3"].verdict in ("supported", "contradicted")
    assert whole.verdict == "undecided"
    if (claim, gap) != ("C3", 0.005):  # its upper third is asked for itself
        assert re.search("nothing to be seen: .*, the 9[57].* interval holds [01]", whole.reason)


@pytest.mark.parametrize("claim", ["C1", "C2", "C3", "C5"])
def test_the_same_difference_decides_where_it_is_seen(claim: str) -> None:
    assert difference_of(claim, 0.1, 0.8)[0].verdict == "supported"
    assert difference_of(claim, -0.1, 1.0)[0].verdict == "contradicted"


@pytest.mark.parametrize("claim", ["C1", "C2", "C5"])
def test_what_moved_the_other_way_lost_nothing(claim: str) -> None:
    """The difference is on the claimed side, but neither side lost: one gained more."""
    whole, decided, *_ = difference_of(claim, 0.1, 1.1)
    assert decided.verdict == "supported"
    assert whole.verdict == "undecided"
    assert "interval lies" in whole.reason


def test_hardly_any_bleu_cannot_hold() -> None:
    tables = changed(FAKE.tables(), "quality", lambda rows: rows.assign(value=6.0))
    reason = row_of(tables, "C0").reason
    assert verdicts(tables)["C0"] == "not measured"
    assert reason.startswith("dense_continued has 9.0 BLEU at most, too little")
    assert last_held(tables, STUDIED).sparsity == 0.0


# ----------------------------------------------------------------------------- the level


def test_claims_are_decided_at_the_last_level_where_quality_holds() -> None:
    tables = FAKE.tables()
    last, rows = last_held(tables, STUDIED), by_name(tables)
    assert (last.level, last.sparsity) == (2, pytest.approx(1 - 0.64**2))
    for claim in CLAIMS:
        assert last.note in rows[claim, CLAIM].reason


def test_the_last_level_is_taken_where_quality_never_holds() -> None:
    fake = FakeTables(bleu=(-3.0, -0.1, -0.1), flips_after=3)
    last = last_held(fake.tables(), STUDIED)
    assert (last.level, last.sparsity) == (3, 0.0)
    assert "not shown to hold at any" in row_of(fake.tables(), "C2").reason
    assert row_of(fake.tables(), "C0", "s*").value == 0.0
    assert verdicts(fake.tables())["C0"] == "undecided"  # level 1 fails, level 2 does not


def test_the_last_level_is_taken_where_quality_was_not_measured() -> None:
    tables = replace(FAKE.tables(), quality=None)
    assert last_held(tables, STUDIED).level == 3
    assert "unknown" in row_of(tables, "C3").reason


def test_test_sets_are_pooled_by_their_mean_and_may_be_named() -> None:
    statistic = "difference to control at level 1"
    for test_sets, value in ((None, -0.1), (("test",), -0.2), (("other",), 0.0)):
        tables = replace(FAKE.tables(), test_sets=test_sets)
        assert row_of(tables, "C0", statistic).value == pytest.approx(value)
    with pytest.raises(InputError, match="no test set newstest2014; it has other, test"):
        claims(replace(FAKE.tables(), test_sets=("newstest2014",)), STUDIED)
    nowhere = replace(FAKE.tables(), test_sets=())
    assert verdicts(nowhere)["C0"] == "not measured"
    assert "none is in-domain" in row_of(nowhere, "C0").reason


def test_a_layer_without_a_component_is_not_measured() -> None:
    tables = FAKE.tables()
    assert tables.complexity is not None
    dead = tables.complexity.copy()
    dead.loc[(dead["arm"] == "lr_rewinding") & (dead["layer"] == 1), "value"] = 0.0
    found = replace(tables, complexity=dead)
    assert verdicts(found)["C3"] == "not measured"
    assert "dead" in row_of(found, "C3").reason


def test_the_probed_levels_alone_count() -> None:
    fake = FakeTables(probed=(1, 3))
    assert "over levels 1;" in row_of(fake.tables(), "C1").reason
    assert "at level 1;" in row_of(fake.tables(), "C4", "centre of gravity").reason
    assert verdicts(fake.tables())["C1"] == "supported"
    late = FakeTables(probed=(3,)).tables()
    assert {claim for claim, found in verdicts(late).items() if found == "not measured"} == {
        "C1",
        "C4",
    }
    assert "probing.levels" in row_of(late, "C1").reason
    assert "probing.levels" in row_of(late, "C4").reason


# ----------------------------------------------------------------------------- what is missing


@pytest.mark.parametrize("empty", [True, False])
@pytest.mark.parametrize("name", TABLES)
def test_a_missing_table_is_not_measured(name: str, empty: bool) -> None:
    whole = FAKE.tables()
    missing = getattr(whole, name).iloc[:0] if empty else None
    rows = by_name(replace(whole, **{name: missing}))
    for claim in CLAIMS:
        row = rows[claim, CLAIM]
        assert (row.verdict == "not measured") == (claim in READS[name])
        assert (f"tables/{name}.csv" in row.reason) == (claim in READS[name])
        assert ("gold data for probes" in row.reason) == (claim in READS[name] and name == "probes")


def test_no_table_at_all_is_not_measured() -> None:
    nothing = ClaimTables(
        quality=None, probes=None, similarity=None, complexity=None, attention=None
    )
    assert verdicts(nothing) == dict.fromkeys(CLAIMS, "not measured")


@pytest.mark.parametrize("arm", ["lr_rewinding", "dense_continued"])
def test_a_missing_arm_is_not_measured(arm: str) -> None:
    fake = FakeTables(arms=tuple(each for each in FAKE.arms if each != arm))
    assert verdicts(fake.tables()) == dict.fromkeys(CLAIMS, "not measured")
    rows = by_name(fake.tables())
    for claim in CLAIMS:
        reason = rows[claim, CLAIM].reason
        assert arm in reason
        assert "lottery.arms" in reason


def test_one_replicate_is_never_more_than_undecided() -> None:
    rows = by_name(FakeTables(replicates=1).tables())
    for claim in ("C0", "C1", "C3", "C4"):
        assert rows[claim, CLAIM].verdict == "undecided"
        assert "1 replicate" in rows[claim, CLAIM].reason
    for claim in ("C2", "C5"):  # they need another seed
        assert rows[claim, CLAIM].verdict == "not measured"
        assert "lottery.replicates >= 2" in rows[claim, CLAIM].reason
    assert {row.verdict for row in rows.values()} == {"undecided", "not measured"}
    assert all(row.lower is None for row in rows.values())


@pytest.mark.parametrize(("name", "lost"), [("similarity", {"C2", "C5"}), ("attention", {"C5"})])
def test_another_seed_is_needed(name: str, lost: set[str]) -> None:
    tables = changed(FAKE.tables(), name, lambda table: table[table["arm"] != "dense"])
    found = verdicts(tables)
    assert {claim for claim in found if found[claim] == "not measured"} == lost
    assert all("lottery.replicates >= 2" in row_of(tables, claim).reason for claim in lost)


def test_a_level_that_one_replicate_lacks_is_not_measured() -> None:
    def cut(table: pd.DataFrame) -> pd.DataFrame:
        lost = (table["arm"] == "dense_continued") & (table["level"] == 2)
        return table[~(lost & (table["replicate"] == 1))]

    for name in TABLES:
        rows = by_name(changed(FAKE.tables(), name, cut))
        for claim in READS[name]:
            assert rows[claim, CLAIM].verdict == "not measured", (name, claim)
            assert "level 2 of replicate 1" in rows[claim, CLAIM].reason


def test_nothing_is_divided_by_what_is_not_shown_to_be_there() -> None:
    as_alike = FakeTables(
        seed_likeness=0.92
    ).tables()  # another seed is more alike than the control
    assert row_of(as_alike, "C5").verdict == "not measured"
    assert "hidden states" in row_of(as_alike, "C5").reason
    same = FakeTables(seed_likeness=1.0).tables()
    assert row_of(same, "C2").verdict == "not measured"
    assert "diverge" in row_of(same, "C2").reason

    def heads_alike(table: pd.DataFrame) -> pd.DataFrame:
        dense = table["arm"] == "dense"
        return table.assign(**{of: table[of].mask(dense, 0.95) for of in ("value", "upper")})

    heads = changed(FAKE.tables(), "attention", heads_alike)
    assert "the heads of dense_continued" in row_of(heads, "C5").reason

    def of_semantics(least: float) -> Callable[[pd.DataFrame], pd.DataFrame]:
        def change(table: pd.DataFrame) -> pd.DataFrame:
            lost = (table["arm"] == "dense_continued") & (table["level"] == 2)
            lost &= (table["group"] == "semantics") & (table["replicate"] == 1)
            lower = table["difference_random_lower"].mask(lost, least)
            return table.assign(difference_random_lower=lower)

        return change

    known = changed(FAKE.tables(), "probes", of_semantics(0.001))
    assert row_of(known, "C1").verdict != "not measured"
    scores = changed(FAKE.tables(), "probes", of_semantics(-0.001))
    assert row_of(scores, "C1").verdict == "not measured"
    named = "of replicate 1 holds of semantics at level 2 is not shown to be above"
    assert named in row_of(scores, "C1").reason


def test_each_replicate_is_divided_by_what_is_there_in_itself() -> None:
    """As on Multi30k, where another seed's CKA was .53, .58 and .82 in layer 1: a t interval of
    three such divergences holds 0, though each is far from it."""

    def of_seeds(
        likeness: tuple[float, float, float], ends: float
    ) -> Callable[[pd.DataFrame], pd.DataFrame]:
        def change(table: pd.DataFrame) -> pd.DataFrame:
            seeds = (table["arm"] == "dense") & (table["layer"] == table["other_layer"])
            value = table["replicate"].map(dict(enumerate(likeness)))
            found = {"lower": value - ends, "value": value, "upper": value + ends}
            return table.assign(**{of: table[of].mask(seeds, found[of]) for of in found})

        return change

    spread = changed(FAKE.tables(), "similarity", of_seeds((0.53, 0.58, 0.82), 0.01))
    for claim in ("C2", "C5"):
        assert row_of(spread, claim).verdict != "not measured"
    one = changed(FAKE.tables(), "similarity", of_seeds((0.53, 0.58, 0.82), 0.19))
    assert row_of(one, "C2").verdict == "not measured"
    assert "of replicate 2 are not shown to diverge in layer 1 (" in row_of(one, "C2").reason
    assert row_of(one, "C5").verdict == "not measured"
    assert "in replicate 2 are not shown" in row_of(one, "C5").reason
    unknown = changed(FAKE.tables(), "similarity", of_seeds((0.53, 0.58, 0.82), np.nan))
    assert row_of(unknown, "C2").verdict != "not measured", "too few sentences for intervals"


@pytest.mark.parametrize(
    ("groups", "named"),
    [(("semantics",), "of semantics"), (("morphology", "syntax"), "of morphology or syntax")],
)
def test_both_kinds_of_tasks_are_needed(groups: tuple[str, ...], named: str) -> None:
    def unknown(probes: pd.DataFrame) -> pd.DataFrame:
        lost = probes["group"].isin(groups) & (probes["replicate"] == 1)
        return probes.assign(
            difference_random_lower=probes["difference_random_lower"].mask(lost, -0.1)
        )

    found = row_of(changed(FAKE.tables(), "probes", unknown), "C1")
    assert found.verdict == "not measured"
    assert named in found.reason


def test_a_mix_is_needed_for_centres_of_gravity() -> None:
    tables = changed(FAKE.tables(), "probes", lambda probes: probes[probes["probe"] != "mix"])
    found = row_of(tables, "C4")
    assert found.verdict == "not measured"
    assert "probing.mix = true" in found.reason
    assert "likeness to the next dense layer: supported" in found.reason
    assert row_of(tables, "C4", "likeness to the next dense layer").verdict == "supported"


def test_one_layer_is_too_few() -> None:
    tables = FakeTables(layers=1).tables()
    for claim in ("C2", "C3", "C4"):
        assert row_of(tables, claim).verdict == "not measured"
        assert "model.encoder_layers >= 2" in row_of(tables, claim).reason


def test_half_of_the_weights_must_be_pruned_somewhere() -> None:
    tables = FakeTables(bleu=(-0.1,), flips_after=1).tables()
    found = row_of(tables, "C0")
    assert found.verdict == "not measured"
    assert "the last one 36.0 %" in found.reason
    assert verdicts(tables)["C2"] == "supported"


def test_a_table_that_was_cut_is_the_users_error() -> None:
    for name, column, value in (
        ("similarity", "layer", 2),
        ("complexity", "layer", 2),
        ("probes", "task", "pos"),
        ("attention", "layer", 2),
        ("quality", "test_set", "other"),
    ):
        for arm, replicate in (("lr_rewinding", 1), ("dense_continued", None)):
            if (name, arm) == ("quality", "dense_continued"):
                continue  # the differences are in the ticket's rows

            def cut(table: pd.DataFrame) -> pd.DataFrame:
                lost = (table[column] == value) & (table["arm"] == arm)  # noqa: B023
                if replicate is not None:  # noqa: B023
                    lost &= table["replicate"] == replicate  # noqa: B023
                return table[~lost]

            with pytest.raises(InputError, match=rf"tables/{name}\.csv: .*run again"):
                claims(changed(FAKE.tables(), name, cut), STUDIED)


def test_a_layer_that_every_network_lacks_is_the_users_error() -> None:
    tables = changed(FAKE.tables(), "similarity", lambda table: table[table["other_layer"] != 3])
    with pytest.raises(InputError, match=r"tables/similarity\.csv: .*run again"):
        claims(tables, STUDIED)


# ----------------------------------------------------------------------------- rules


def test_centres_and_likeness_may_not_disagree() -> None:
    def later(probes: pd.DataFrame) -> pd.DataFrame:
        moved = (probes["metric"] == "centre_of_gravity") & (probes["arm"] == "lr_rewinding")
        return probes.assign(value=probes["value"] + moved)

    tables = changed(FAKE.tables(), "probes", later)
    assert row_of(tables, "C4", "centre of gravity").verdict == "contradicted"
    assert row_of(tables, "C4", "likeness to the next dense layer").verdict == "supported"
    assert row_of(tables, "C4").verdict == "undecided"


def test_lower_layers_that_simplify_as_much_leave_the_claim_open() -> None:
    def everywhere(table: pd.DataFrame) -> pd.DataFrame:
        lower = (table["layer"] <= 4) & (table["arm"] == "lr_rewinding")
        return table.assign(value=table["value"].mask(lower, 74.0))

    tables = changed(FAKE.tables(), "complexity", everywhere)
    assert row_of(tables, "C3", "upper third").verdict == "supported"
    assert row_of(tables, "C3").verdict == "undecided"


@pytest.mark.parametrize(("matched", "verdict"), [(0.91, "supported"), (0.89, "undecided")])
def test_heads_must_match_themselves(matched: float, verdict: str) -> None:
    assert verdicts(FakeTables(matched=matched).tables())["C5"] == verdict


def test_a_count_that_all_replicates_share_decides_nothing() -> None:
    tables = FakeTables(jitter=(0.0, 0.0, 0.0), flips_after=3).tables()
    found = row_of(tables, "C3", "upper third")
    assert (found.value, found.lower) == (pytest.approx(-0.3, abs=0.01), None)
    assert verdicts(tables)["C3"] == "undecided"


# ----------------------------------------------------------------------------- every level


def at_levels(tables: ClaimTables, claim: str, statistic: str) -> dict[int, float]:
    rows = claims_by_level(tables, STUDIED)
    return {r.level: r.value for r in rows if (r.claim, r.statistic) == (claim, statistic)}


def test_at_k_star_the_statistics_are_those_of_the_verdicts() -> None:
    tables = FAKE.tables()
    last = last_held(tables, STUDIED).level
    assert last == 2
    found = {(r.claim, r.statistic): r for r in claims_by_level(tables, STUDIED) if r.level == last}
    compared = 0
    for (claim, statistic), row in by_name(tables).items():
        other = found.get((claim, statistic))
        if claim not in ("C0", "C1") and other is not None:
            mine = (row.value, row.lower, row.upper, row.detectable, row.num_replicates)
            theirs = (other.value, other.lower, other.upper, other.detectable, other.num_replicates)
            assert mine == theirs
            compared += 1
    assert compared == 4 + 6 + 2 + 4
    difference = row_of(tables, "C0", "difference to control at level 2")
    assert found["C0", "difference to control"].value == difference.value


def test_every_level_stands_for_itself() -> None:
    """The effect is the opposite after level 2, where k* is; C1 takes no mean over levels here."""
    tables = FAKE.tables()
    name = "retained morphology and syntax minus semantics"
    first, second, third = at_levels(tables, "C1", name).values()
    assert (first > 0, second > 0, third > 0) == (True, True, False)
    assert row_of(tables, "C1", name).value == pytest.approx((first + second) / 2)
    slopes = at_levels(tables, "C2", "slope over layers")
    assert [slope > 0 for slope in slopes.values()] == [True, True, False]
    shares = {row.level: row.sparsity_prunable for row in claims_by_level(tables, STUDIED)}
    assert sorted(shares) == [1, 2, 3]
    assert list(shares.values()) == sorted(shares.values())


def test_what_was_not_measured_has_no_row() -> None:
    tables = FakeTables(probed=(2,)).tables()
    assert list(at_levels(tables, "C4", "centre of gravity")) == [2]
    without = replace(tables, probes=None, quality=None)
    assert {row.claim for row in claims_by_level(without, STUDIED)} == {"C2", "C3", "C4", "C5"}
    nothing = replace(without, similarity=None, complexity=None, attention=None)
    assert claims_by_level(nothing, STUDIED) == ()


# ----------------------------------------------------------------------------- the rows


@pytest.mark.parametrize("arms", [("random_pruning",), ("dense_continued", "random_pruning")])
def test_every_arm_that_prunes_gets_verdicts_against_its_control(arms: tuple[str, ...]) -> None:
    both = studied_arms(("lr_rewinding", *arms))
    assert both == [STUDIED, Studied("random_pruning", "dense_continued")]
    tables = replace(FAKE, arms=("lr_rewinding", *arms)).tables()
    first, second = (claims(tables, studied) for studied in both)
    if "dense_continued" not in arms:
        assert {row.verdict for row in second} == {"not measured"}
        return
    assert first == claims(FAKE.tables(), STUDIED), "another arm changes nothing"
    assert [row.statistic for row in second[:4]] == [row.statistic for row in first[:4]]
    for rows, other in ((first, "random_pruning"), (second, "lr_rewinding")):
        assert {row.arm for row in rows} == {"lr_rewinding", "random_pruning"} - {other}
        assert not [row for row in rows if other in row.sentence + row.reason]
    assert second[0].sentence.startswith("Supported where the ticket is not worse than dense_cont")
    found = {row.claim: row.verdict for row in second if row.statistic == CLAIM}
    assert found["C2"] != "supported", "it does not differ from its control"
    at_levels = claims_by_level(tables, both[1])
    assert {row.arm for row in at_levels} == {"random_pruning"}


def test_rows_are_complete() -> None:
    rows = claims(FAKE.tables(), STUDIED)
    assert [field.name for field in fields(Claim)] == list(CLAIM_VERDICTS.names)
    assert [field.name for field in fields(AtLevel)] == list(CLAIMS_BY_LEVEL.names)
    firsts = {}
    for row in rows:
        firsts.setdefault(row.claim, row.statistic)
        assert row.num_replicates == 3
        assert row.reason
        assert row.sentence.endswith("3 replicates.")
        assert not any(isinstance(cell, float) and np.isnan(cell) for cell in astuple(row))
    assert firsts == dict.fromkeys(CLAIMS, CLAIM)
    assert len({(row.claim, row.statistic) for row in rows}) == len(rows)
    assert rows == claims(FAKE.tables(), STUDIED)


def test_cells_may_be_nullable_and_in_any_order() -> None:
    """As the report reads tables: whole numbers as Int64, empty text as ""."""

    def as_read(table: pd.DataFrame) -> pd.DataFrame:
        whole = ("other_replicate", "other_level", "other_layer", "layer", "seed")
        typed = table.astype({column: "Int64" for column in whole if column in table})
        text = {column: "" for column in ("task", "other_arm") if column in table}
        return typed.fillna(text).sample(frac=1, random_state=1)

    tables = FAKE.tables()
    shuffled = ClaimTables(**{name: as_read(getattr(tables, name)) for name in TABLES})
    for a, b in zip(claims(tables, STUDIED), claims(shuffled, STUDIED), strict=True):
        assert (a.claim, a.statistic, a.verdict, a.reason) == (
            b.claim,
            b.statistic,
            b.verdict,
            b.reason,
        )
        assert a.value == (None if b.value is None else pytest.approx(b.value))


def test_attention_needs_no_more_than_one_kind() -> None:
    for kind in KINDS:
        tables = changed(
            FAKE.tables(), "attention", lambda table, kind=kind: table[table["kind"] == kind]
        )
        assert verdicts(tables)["C5"] == "supported"
