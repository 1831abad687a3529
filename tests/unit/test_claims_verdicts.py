"""Claims on whole tables: known answers both ways, what is missing, one replicate, which levels."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import astuple, fields, replace
from functools import cache
from itertools import chain

import numpy as np
import pandas as pd
import pytest

from ticketscope.arms.cast import lottery_cast
from ticketscope.claims import (
    CLAIM,
    CLAIMS,
    Claim,
    ClaimTables,
    Studied,
    claims,
    claims_by_level,
    convergence,
    last_held,
    semantics_first,
    studied_arms,
)
from ticketscope.claims.by_level import AtLevel
from ticketscope.claims.claim import Writer
from ticketscope.claims.convergence import STILL_LEARNING
from ticketscope.claims.dose import Curve
from ticketscope.claims.semantics_first import FORM
from ticketscope.config import Claims
from ticketscope.errors import InputError
from ticketscope.tables.claims import CLAIM_VERDICTS, CLAIMS_BY_LEVEL
from unit.cast_fixture import CAST
from unit.claims_fixture import KINDS, STUDIED, TASKS, UNKNOWN, FakeTables, frame

pytestmark = pytest.mark.slow

FAKE = FakeTables()
TABLES = ("quality", "probes", "similarity", "complexity", "attention")
READS = {
    "quality": {"C0"},
    "probes": {"C1"},
    "similarity": {"C2", "C4"},
    "complexity": {"C3"},
    "attention": {"C5"},
}
DECIDED_BY_LEVELS = {
    "C1": ("morphology and syntax minus semantics", 0.1),
    "C2": ("slope over depth", 0.05),
    "C3": ("components of the last layer", -0.3),
    "C4": ("likeness to the last layer", 0.02),
}
"""The statistic, and what the fixture has of it at level 2, which is four rounds."""
ENDS = ("value", "lower", "upper")
Key = tuple[str, str, str, str]


def verdicts(tables: ClaimTables) -> dict[str, str]:
    return {row.claim: row.verdict for row in claims(tables, STUDIED) if row.statistic == CLAIM}


class Rows(Mapping[Key, Claim]):
    """Rows by claim, statistic, reference and levels; those of a claim when they are asked for."""

    def __init__(self, tables: ClaimTables) -> None:
        self.tables = tables
        self.held = last_held(tables, STUDIED)
        self.decided: dict[str, dict[Key, Claim]] = {}

    def of(self, claim: str) -> dict[Key, Claim]:
        if claim not in self.decided:
            rows = CLAIMS[claim].rows_on(claim, self.tables, STUDIED, self.held)
            self.decided[claim] = {
                (row.claim, row.statistic, row.reference, row.levels): row for row in rows
            }
        return self.decided[claim]

    def __getitem__(self, key: Key) -> Claim:
        return self.of(key[0])[key]

    def __iter__(self) -> Iterator[Key]:
        return chain.from_iterable(self.of(claim) for claim in CLAIMS)

    def __len__(self) -> int:
        return sum(1 for _ in self)


@cache
def rows_of(fake: FakeTables) -> Rows:
    return Rows(fake.tables())


def row_of(tables: ClaimTables, claim: str, statistic: str = CLAIM) -> Claim:
    """The first row of a statistic: against the control, over the registered levels."""
    rows = Rows(tables).of(claim).values()
    return next(row for row in rows if row.statistic == statistic)


def changed(
    tables: ClaimTables, name: str, change: Callable[[pd.DataFrame], pd.DataFrame]
) -> ClaimTables:
    return replace(tables, **{name: change(getattr(tables, name))})


# ----------------------------------------------------------------------------- known answers


@pytest.mark.parametrize(
    ("effect", "bleu", "expected"),
    [(1.0, (-0.1, -0.2, -0.3), "supported"), (-1.0, (-0.1, -3.0, -3.0), "contradicted")],
)
def test_every_verdict_is_reached(effect: float, bleu: tuple[float, ...], expected: str) -> None:
    fake = FakeTables(effect=effect, bleu=bleu)
    assert verdicts(fake.tables()) == dict.fromkeys(CLAIMS, expected)


def test_an_effect_too_small_to_matter_is_none_and_a_wide_interval_is_undecided() -> None:
    found = verdicts(FakeTables(effect=0.01).tables())
    assert [found[claim] for claim in DECIDED_BY_LEVELS] == ["no relevant effect"] * 4
    strict = Claims(c1=1e-4, c2=1e-4, c3=1e-4, c4=1e-4)
    rows = rows_of(FakeTables(effect=0.0, registered=strict))
    for claim in DECIDED_BY_LEVELS:
        row = rows[claim, CLAIM, "control", "registered"]
        assert (row.verdict, row.margin) == ("undecided", 1e-4 / 8)
        assert row.replicates_needed == "more than 50"


@pytest.mark.parametrize("effect", [1.0, -1.0])
def test_statistics_are_what_the_tables_were_made_from(effect: float) -> None:
    rows = rows_of(FakeTables(effect=effect, repeated=True))
    rounds = 2 * np.log(0.64) / np.log(0.64) * 2  # at level 2
    for claim, (statistic, at_level_2) in DECIDED_BY_LEVELS.items():
        for reference in ("control", "dense"):
            row = rows[claim, statistic, reference, "registered"]
            if (claim, reference) != ("C2", "dense"):  # its dense model is 0.1 nearer to itself
                assert row.value == pytest.approx(effect * at_level_2 / rounds, rel=1e-6)
        whole = rows[claim, CLAIM, "control", "registered"]
        deciding = rows[claim, statistic, "control", "registered"]
        figures = ("value", "lower", "upper", "lower_90", "upper_90", "margin", "verdict")
        assert [getattr(whole, of) for of in figures] == [getattr(deciding, of) for of in figures]
        floor = rows[claim, f"{statistic}, dense_repeated", "control", "registered"]
        assert (floor.value, floor.lower) == (pytest.approx(0.0, abs=1e-9), None)
    assert rows["C2", "Kendall's tau over layers", "control", "registered"].value == effect
    scaled = rows["C2", "slope over depth, scaled by other seeds", "control", "registered"]
    assert scaled.value == pytest.approx(effect * 0.1 / rounds)
    centre = rows["C4", "centre of gravity", "control", "registered"]
    assert centre.value == pytest.approx(-0.5 * effect / rounds)


def test_intervals_are_students() -> None:
    numbers = (0.02 + 0.002 * np.array([-1.0, 0.0, 1.0])) / 4
    row = rows_of(FAKE)["C4", "likeness to the last layer", "control", "registered"]
    for ends, quantile in (
        ((row.lower, row.upper), 4.302652729911275),
        ((row.lower_90, row.upper_90), 2.919985580355516),
    ):
        half = quantile * numbers.std(ddof=1) / np.sqrt(3)
        assert ends == pytest.approx((numbers.mean() - half, numbers.mean() + half))
    looked = rows_of(replace(FAKE, registered=Claims(looks=(3, 5, 8, 12))))
    wider = looked["C4", "likeness to the last layer", "control", "registered"]
    assert wider.upper > row.upper
    assert wider.upper_90 > row.upper_90
    assert wider.reason.startswith("the repeated 95 % interval")


def test_a_task_that_the_dense_model_does_not_know_is_left_out_and_named() -> None:
    rows = rows_of(FAKE)
    assert rows["C1", CLAIM, "control", "registered"].reason.endswith(
        f"left out, not shown to be known: {UNKNOWN}"
    )
    for task, group in TASKS.items():
        found = rows["C1", f"{group}: {task}", "control", "registered"]
        kept = np.array([-0.05, -0.05, -0.05]) - (group == "semantics") * 0.1 * np.array(
            [0.5, 1, 1.5]
        )
        assert found.value == pytest.approx((kept / [2, 4, 6]).mean())
    assert ("C1", f"morphology: {UNKNOWN}", "control", "registered") not in rows


def test_fewer_than_four_known_tasks_say_nothing_of_a_group() -> None:
    tables = changed(FAKE.tables(), "probes", lambda probes: probes[probes["task"] != "word_sense"])
    row = row_of(tables, "C1")
    assert row.verdict == "not measured"
    assert "has 3 of semantics that the dense model is shown to know" in row.reason


def test_of_tasks_in_general_less_can_be_said() -> None:
    rows = rows_of(FAKE)
    name = "morphology and syntax minus semantics"
    of_these = rows["C1", name, "control", "registered"]
    in_general = rows["C1", f"{name}, of tasks in general", "control", "registered"]
    assert in_general.value == pytest.approx(of_these.value)
    assert in_general.upper == pytest.approx(of_these.upper), "tasks of a group do not differ here"

    def apart(probes: pd.DataFrame) -> pd.DataFrame:
        lost = (probes["arm"] == "lr_rewinding") & (probes["task"] == "word_sense")
        return probes.assign(value=probes["value"].mask(lost, probes["value"] - 0.02))

    wider = Rows(changed(FAKE.tables(), "probes", apart))
    found = wider["C1", f"{name}, of tasks in general", "control", "registered"]
    these = wider["C1", name, "control", "registered"]
    assert found.upper - found.lower > these.upper - these.lower


def test_hardly_any_bleu_cannot_hold() -> None:
    tables = changed(FAKE.tables(), "quality", lambda rows: rows.assign(value=6.0))
    row = row_of(tables, "C0")
    assert row.verdict == "not measured"
    assert row.reason.startswith("dense_continued has 6.0 BLEU at most, too little")
    assert last_held(tables, STUDIED).sparsity == 0.0


# ----------------------------------------------------------------------------- level after level


def test_levels_are_asked_in_order_and_the_last_one_tells_whether_something_is_lost() -> None:
    for bleu, verdict, level, reached, needed in (
        ((-0.1, -0.2, -0.3), "supported", 3, 0.738, ""),
        ((-0.1, -0.2, -3.0), "contradicted", 3, 0.59, ""),
        ((-0.1, -3.0, -0.48), "undecided", 2, 0.36, "more than 50"),  # level 2 never holds
        ((-0.48, -0.1, -0.1), "undecided", 1, 0.0, "5"),  # what comes after a failure is no matter
    ):
        rows = rows_of(FakeTables(bleu=bleu))
        row = rows["C0", CLAIM, "control", "registered"]
        assert (row.verdict, row.value) == (verdict, pytest.approx(bleu[level - 1]))
        assert row.reason.startswith(f"at level {level} (")
        assert row.replicates_needed == needed
        star = rows["C0", "s*", "control", "registered"]
        assert (star.value, star.verdict) == (pytest.approx(reached, abs=1e-3), verdict)
    fewer = rows_of(FakeTables(registered=Claims(up_to=0.6)))
    assert fewer["C0", CLAIM, "control", "registered"].verdict == "supported"
    looser = rows_of(FakeTables(registered=Claims(c0=4)))
    assert looser["C0", CLAIM, "control", "registered"].verdict == "supported"


def test_the_loss_has_its_own_margin_and_dense_and_chrf_stand_beside() -> None:
    rows = rows_of(FakeTables(bleu=(-0.1, -0.2, -0.4)))
    loss = rows["C0", "loss", "control", "registered"]
    assert (loss.value, loss.margin) == (pytest.approx(-0.008), 0.02)
    assert loss.verdict == "supported"
    assert rows["C0", "BLEU", "dense", "registered"].value == pytest.approx(-0.3)
    assert rows["C0", "chrF", "control", "registered"].margin is None
    strict = rows_of(FakeTables(bleu=(-0.1, -0.2, -0.4), registered=Claims(c0_loss=0.001)))
    assert strict["C0", "loss", "control", "registered"].verdict == "contradicted"
    assert strict["C0", CLAIM, "control", "registered"].verdict == "supported", "BLEU decides"


def test_quality_speaks_of_other_sentences_where_their_error_is_known() -> None:
    fake = FakeTables(bleu=(-0.1, -0.2, -0.3))
    alone = row_of(fake.tables(), "C0")
    assert "of these sentences alone" in alone.reason
    places = {"arm": "lr_rewinding", "metric": "bleu", "reference": "control"}
    errors = frame({**places, "level": level, "error_sentences": 0.2} for level in (1, 2, 3))
    row = row_of(replace(fake.tables(), quality_pooled=errors), "C0")
    assert "of these sentences alone" not in row.reason
    assert (row.verdict, row.replicates_needed) == ("undecided", "more than 50")
    half = np.hypot(4.302652729911275 * 0.02 / np.sqrt(3), 1.959963984540054 * 0.2)
    assert row.lower == pytest.approx(-0.2 - half), "level 2, the first that does not hold"


def test_what_attention_retains_is_what_the_table_was_made_from() -> None:
    rows = rows_of(FAKE)
    row = rows["C5", CLAIM, "control", "registered"]
    assert (row.value, row.margin) == (pytest.approx(0.975), 0.1)
    for part in ("", ": encoder_self", ": decoder_self, layer 3"):
        found = rows["C5", f"retained heads{part}", "control", "registered"]
        assert found.value == pytest.approx(0.975)
    dense = rows["C5", "retained heads", "dense", "registered"]
    assert dense.value == pytest.approx(1 - (1 - 0.3 - 0.6 * 0.975) / 0.7)
    again = rows_of(FakeTables(repeated=True))
    floor = again["C5", "retained heads, dense_repeated", "control", "registered"]
    assert floor.value == pytest.approx(1.0)
    assert rows["C5", "heads matched to themselves", "dense", "registered"].value == 1.0


def test_nothing_is_retained_of_a_likeness_that_other_seeds_have_too() -> None:
    def alike(table: pd.DataFrame) -> pd.DataFrame:
        return table.assign(**{of: table[of].mask(table["arm"] == "dense", 0.9) for of in ENDS})

    row = row_of(changed(FAKE.tables(), "attention", alike), "C5")
    assert row.verdict == "not measured"
    assert "there is nothing to divide by: more of attention.num_words" in row.reason


def test_a_level_that_is_not_asked_need_not_have_anything_to_divide_by() -> None:
    def lost(table: pd.DataFrame) -> pd.DataFrame:
        at = (table["arm"] == "dense_continued") & (table["level"] == 3) & table["lower"].notna()
        return table.assign(**{of: table[of].mask(at, 0.3) for of in ENDS})

    for up_to, verdict in ((0.84, "not measured"), (0.6, "supported")):
        tables = replace(FAKE, registered=Claims(up_to=up_to)).tables()
        tables = changed(tables, "attention", lost)
        assert row_of(tables, "C5").verdict == verdict
    told = {
        row.level
        for row in claims_by_level(tables, STUDIED)
        if (row.statistic, row.reference) == ("retained heads", "control")
    }
    assert told == {1, 2}, "level 3 would be divided by nothing"


@pytest.mark.parametrize(
    ("gain", "mark"), [(0.4, ""), (0.5, STILL_LEARNING), (-3.0, ""), (0.0, "")]
)
def test_every_verdict_is_marked_where_training_on_alone_gains(gain: float, mark: str) -> None:
    tables = FakeTables(gain=gain).tables()
    assert {row.mark for row in claims(tables, STUDIED)} == {mark}
    found = convergence.gain(tables, STUDIED)
    assert (found.bleu, found.nats) == pytest.approx((gain, 0.02 * gain))
    assert convergence.gain(tables, replace(STUDIED, control="random_pruning")) is None


def test_nats_alone_mark_too() -> None:
    assert convergence.Gain(bleu=0.0, nats=0.02).is_large
    assert not convergence.Gain(bleu=0.4, nats=0.019).is_large


def test_a_loss_begins_at_the_first_level_of_an_unbroken_row() -> None:
    writer = Writer("C1", STUDIED, Claims(), "", 3)
    jitter = np.array([[-0.01], [0.0], [0.01]])
    for values, onset in (((-0.1, -0.2), 1), ((0.1, -0.2), 2), ((-0.1, 0.2), None)):
        curve = Curve(FORM, "control", (1, 2), (0.3, 0.5), np.array([values]) + jitter)
        assert semantics_first._onset(writer, curve).value == onset


# ----------------------------------------------------------------------------- the levels


def test_levels_are_registered_and_beside_them_stand_those_where_quality_holds() -> None:
    turned = FakeTables(flips_after=2, bleu=(-0.1, -0.2, -3.0))
    last = last_held(turned.tables(), STUDIED)
    assert (last.level, last.sparsity) == (2, pytest.approx(1 - 0.64**2))
    rows = rows_of(turned)
    for claim, (statistic, at_level_2) in DECIDED_BY_LEVELS.items():
        registered = rows[claim, statistic, "control", "registered"]
        held = rows[claim, statistic, "control", "held"]
        assert held.value == pytest.approx(at_level_2 / 4)
        assert registered.value == pytest.approx(at_level_2 / 4 / 3)
        assert "over levels 1, 2, 3 (up to 73.8 % pruned)" in registered.reason
        assert "over levels 1, 2 (up to 59.0 % pruned)" in held.reason
        for row in (registered, rows[claim, CLAIM, "control", "registered"]):
            assert row.sentence.endswith(
                "Mind: it is over levels up to 73.8 % pruned, and quality holds up to level 2 "
                "(59.0 % pruned)."
            )
    fewer = rows_of(replace(turned, registered=Claims(up_to=0.5904)))
    for claim in DECIDED_BY_LEVELS:
        row = fewer[claim, CLAIM, "control", "registered"]
        assert row.verdict == "supported"
        assert "Mind" not in row.sentence


def test_levels_that_prune_more_than_was_registered_do_not_count() -> None:
    row = rows_of(replace(FAKE, registered=Claims(up_to=0.3)))["C3", CLAIM, "", ""]
    assert row.verdict == "not measured"
    assert "the first one 36.0 %: raise claims.up_to, lower" in row.reason


@pytest.mark.parametrize("bleu", [(-3.0, -0.1, -0.1), None])
def test_where_quality_never_holds_no_level_is_held(bleu: tuple[float, ...] | None) -> None:
    tables = replace(FAKE, bleu=bleu or FAKE.bleu).tables()
    if bleu is None:
        tables = replace(tables, quality=None)
    last = last_held(tables, STUDIED)
    assert (last.level, last.sparsity) == (3, 0.0)
    why = "not shown to hold at any level" if bleu else "it is not known up to where quality holds"
    row = Rows(tables)["C3", "components of the last layer", "control", "held"]
    assert row.verdict == "not measured"
    assert why in row.reason
    assert why in row_of(tables, "C3").sentence


def test_test_sets_are_pooled_by_their_mean_and_may_be_named() -> None:
    for test_sets, value in ((None, -3.0), (("test",), -3.1), (("other",), -2.9)):
        tables = replace(FAKE.tables(), test_sets=test_sets)
        assert row_of(tables, "C0", "BLEU").value == pytest.approx(value)
    with pytest.raises(InputError, match="no test set newstest2014; it has other, test"):
        claims(replace(FAKE.tables(), test_sets=("newstest2014",)), STUDIED)
    nowhere = replace(FAKE.tables(), test_sets=())
    assert "none is in-domain" in row_of(nowhere, "C0").reason


# ----------------------------------------------------------------------------- what is missing


def test_no_table_at_all_is_not_measured() -> None:
    nothing = replace(FAKE.tables(), **dict.fromkeys(TABLES))
    assert verdicts(nothing) == dict.fromkeys(CLAIMS, "not measured")
    assert claims_by_level(nothing, STUDIED) == ()


@pytest.mark.parametrize("name", TABLES)
def test_a_missing_table_is_not_measured(name: str) -> None:
    whole = FAKE.tables()
    for missing in (None, getattr(whole, name).iloc[:0]):
        for row in claims(replace(whole, **{name: missing}), STUDIED):
            if row.statistic == CLAIM:
                lost = row.claim in READS[name]
                assert (row.verdict == "not measured") == lost
                assert (f"tables/{name}.csv" in row.reason) == lost


@pytest.mark.parametrize("arm", ["lr_rewinding", "dense_continued"])
def test_a_missing_arm_is_not_measured(arm: str) -> None:
    fake = FakeTables(arms=tuple(each for each in FAKE.arms if each != arm))
    rows = claims(fake.tables(), STUDIED)
    for row in rows:
        if row.statistic == CLAIM:
            assert row.verdict == "not measured"
            assert arm in row.reason
            assert "lottery.arms" in row.reason
    against = {row.reference for row in rows if row.verdict != "not measured"}
    assert against == ({"dense"} if arm == "dense_continued" else set())


def test_one_replicate_is_never_more_than_undecided() -> None:
    rows = rows_of(FakeTables(replicates=1))
    found = {claim: row for (claim, statistic, *_), row in rows.items() if statistic == CLAIM}
    for claim in ("C0", "C1", "C2", "C3", "C4"):
        assert found[claim].verdict == "undecided"
        assert "1 replicate" in found[claim].reason
    scaled = rows["C2", "slope over depth, scaled by other seeds", "control", "registered"]
    for row in (found["C5"], scaled):  # they need another seed
        assert row.verdict == "not measured"
        assert "lottery.replicates >= 2" in row.reason
    assert {row.verdict for row in rows.values()} == {"undecided", "not measured"}
    assert all(row.lower is None for row in rows.values())


def test_a_level_that_one_replicate_lacks_is_not_measured() -> None:
    def cut(table: pd.DataFrame) -> pd.DataFrame:
        lost = (table["arm"] == "dense_continued") & (table["level"] == 2)
        return table[~(lost & (table["replicate"] == 1))]

    for name in TABLES:
        for row in claims(changed(FAKE.tables(), name, cut), STUDIED):
            if row.statistic == CLAIM and row.claim in READS[name]:
                assert row.verdict == "not measured", (name, row.claim)
                assert "level 2 of replicate 1" in row.reason


def test_seeds_must_diverge_to_scale_by_them_taken_together() -> None:
    """Where two replicates have but one pair of seeds, sentences alone tell how sure it is."""

    def of_seeds(likeness: tuple[float, ...], ends: float) -> ClaimTables:
        def change(table: pd.DataFrame) -> pd.DataFrame:
            seeds = (table["arm"] == "dense") & table["lower"].notna()
            value = table["replicate"].map(dict(enumerate(likeness)))
            found = {"value": value, "upper": value + ends}
            return table.assign(**{of: table[of].mask(seeds, found[of]) for of in found})

        fake = replace(FAKE, replicates=len(likeness), jitter=FAKE.jitter[: len(likeness)])
        return changed(fake.tables(), "similarity", change)

    scaled = "slope over depth, scaled by other seeds"
    assert row_of(of_seeds((0.5, 0.5), 0.01), "C2", scaled).verdict != "not measured"
    assert row_of(of_seeds((0.55, 0.6, 0.65), 0.05), "C2", scaled).verdict != "not measured"
    for likeness, ends in (((0.5, 0.5), 0.6), ((0.53, 0.58, 0.99), 0.01)):
        row = row_of(of_seeds(likeness, ends), "C2", scaled)
        assert row.verdict == "not measured"
        assert "not shown to diverge in layer 1" in row.reason


def test_a_mix_is_needed_for_centres_of_gravity() -> None:
    tables = changed(FAKE.tables(), "probes", lambda probes: probes[probes["probe"] != "mix"])
    found = row_of(tables, "C4", "centre of gravity")
    assert found.verdict == "not measured"
    assert "probing.mix = true" in found.reason
    assert row_of(tables, "C4").verdict == "supported", "it stands beside"


def test_one_layer_is_too_few() -> None:
    tables = FakeTables(layers=1).tables()
    for claim in ("C2", "C4"):
        row = row_of(tables, claim)
        assert row.verdict == "not measured"
        assert "model.encoder_layers >= 2" in row.reason
    assert row_of(tables, "C3").verdict == "supported"


def test_what_removes_layers_gets_no_verdict_that_compares_layers() -> None:
    arm = "structured_layers"
    tables = FakeTables(arms=(arm, "dense_continued")).tables()
    assert tables.complexity is not None
    there = tables.complexity[(tables.complexity["arm"] != arm) | (tables.complexity["layer"] != 2)]
    found = claims(replace(tables, complexity=there), Studied(arm, "dense_continued", CAST))
    decided = {row.claim: row for row in found if row.statistic == CLAIM}
    for claim in ("C2", "C3", "C4", "C5"):
        assert decided[claim].verdict == "not measured"
        assert f"{arm} removes layers" in decided[claim].reason
    assert "not measured" not in {decided[claim].verdict for claim in ("C0", "C1")}


def test_a_layer_without_a_component_is_not_measured() -> None:
    tables = FAKE.tables()
    assert tables.complexity is not None
    dead = tables.complexity.copy()
    dead.loc[(dead["arm"] == "lr_rewinding") & (dead["layer"] == 1), "value"] = 0.0
    row = row_of(replace(tables, complexity=dead), "C3")
    assert row.verdict == "not measured"
    assert "dead" in row.reason


def test_half_of_the_weights_must_be_pruned_somewhere() -> None:
    tables = FakeTables(bleu=(-0.1,)).tables()
    found = row_of(tables, "C0")
    assert found.verdict == "not measured"
    assert "the last one 36.0 %" in found.reason
    assert row_of(tables, "C2").verdict == "supported"


def test_a_table_that_was_cut_is_the_users_error() -> None:
    for name, column, value in (
        ("similarity", "layer", 2),
        ("complexity", "layer", 2),
        ("probes", "task", "pos"),
        ("attention", "layer", 2),
        ("quality", "test_set", "other"),
    ):

        def cut(table: pd.DataFrame) -> pd.DataFrame:
            lost = (table[column] == value) & (table["arm"] == "lr_rewinding")  # noqa: B023
            return table[~(lost & (table["replicate"] == 1))]

        with pytest.raises(InputError, match=rf"tables/{name}\.csv: .*run again"):
            claims(changed(FAKE.tables(), name, cut), STUDIED)


def test_a_dense_model_that_a_table_lost_is_the_users_error() -> None:
    def cut(table: pd.DataFrame) -> pd.DataFrame:
        return table[(table["arm"] != "dense") | (table["replicate"] != 1)]

    with pytest.raises(InputError, match=r"tables/complexity\.csv: .*run again"):
        claims(changed(FAKE.tables(), "complexity", cut), STUDIED)


def test_a_count_that_all_replicates_share_decides_nothing() -> None:
    row = rows_of(FakeTables(jitter=(0.0, 0.0, 0.0)))["C3", CLAIM, "control", "registered"]
    assert (row.value, row.lower) == (pytest.approx(-0.3 / 4), None)
    assert (row.verdict, row.replicates_needed) == ("undecided", "")


# ----------------------------------------------------------------------------- every level


def test_every_level_stands_for_itself_and_is_not_per_round() -> None:
    tables = FakeTables(flips_after=2).tables()
    rows = claims_by_level(tables, STUDIED)
    assert {row.level: row.rounds for row in rows} == pytest.approx({1: 4 / 2, 2: 4, 3: 6})
    for claim, (statistic, at_level_2) in DECIDED_BY_LEVELS.items():
        found = [
            row
            for row in rows
            if (row.claim, row.statistic, row.reference) == (claim, statistic, "control")
        ]
        values = [row.value for row in found]
        assert values == pytest.approx([at_level_2 / 2, at_level_2, -1.5 * at_level_2])
        of_interest = getattr(Claims(), claim.lower())
        margins = [row.margin for row in found]
        assert margins == pytest.approx([of_interest / 4, of_interest / 2, of_interest * 3 / 4])
        opposite = {"supported", "contradicted"}
        assert {row.verdict for row in found} <= opposite | {"no relevant effect"}
    assert {row.claim for row in rows} >= {"C0", "C2", "C3", "C4"}


# ----------------------------------------------------------------------------- the rows


@pytest.mark.parametrize("arms", [("random_pruning",), ("dense_continued", "random_pruning")])
def test_every_arm_that_prunes_gets_verdicts_against_its_control(arms: tuple[str, ...]) -> None:
    cast = lottery_cast(("lr_rewinding", *arms))
    both = studied_arms(cast)
    names = ("lr_rewinding", "random_pruning")
    assert both == [Studied(name, "dense_continued", cast) for name in names]
    tables = replace(FAKE, arms=("lr_rewinding", *arms)).tables()
    first, second = (claims(tables, studied) for studied in both)
    found = {row.claim: row.verdict for row in second if row.statistic == CLAIM}
    if "dense_continued" not in arms:
        assert set(found.values()) == {"not measured"}
        return
    assert first == claims(FAKE.tables(), STUDIED), "another arm changes nothing"
    for rows, other in ((first, "random_pruning"), (second, "lr_rewinding")):
        assert {row.arm for row in rows} == {"lr_rewinding", "random_pruning"} - {other}
        assert not [row for row in rows if other in row.sentence + row.reason]
    assert found["C2"] != "supported", "it does not differ from its control"
    assert {row.arm for row in claims_by_level(tables, both[1])} == {"random_pruning"}


def test_rows_are_complete() -> None:
    rows = claims(FAKE.tables(), STUDIED)
    assert [field.name for field in fields(Claim)] == list(CLAIM_VERDICTS.names)
    assert [field.name for field in fields(AtLevel)] == list(CLAIMS_BY_LEVEL.names)
    firsts: dict[str, str] = {}
    for row in rows:
        firsts.setdefault(row.claim, row.statistic)
        assert row.num_replicates == 3
        assert row.reason
        assert "3 replicates." in row.sentence
        assert "{" not in row.sentence
        assert not any(isinstance(cell, float) and np.isnan(cell) for cell in astuple(row))
    assert firsts == dict.fromkeys(CLAIMS, CLAIM)
    assert [*Rows(FAKE.tables()).values()] == list(rows)


def test_cells_may_be_nullable_and_in_any_order() -> None:
    """As the report reads tables: whole numbers as Int64, empty text as ""."""

    def as_read(table: pd.DataFrame) -> pd.DataFrame:
        whole = ("other_replicate", "other_level", "other_layer", "layer", "seed")
        typed = table.astype({column: "Int64" for column in whole if column in table})
        text = {column: "" for column in ("task", "other_arm") if column in table}
        return typed.fillna(text).sample(frac=1, random_state=1)

    tables = FAKE.tables()
    shuffled = replace(tables, **{name: as_read(getattr(tables, name)) for name in TABLES})
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
