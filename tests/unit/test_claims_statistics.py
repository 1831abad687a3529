"""Intervals, verdict rules, and how often verdicts are wrong."""

import importlib.util
import sys
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tests_support import REPOSITORY
from ticketscope.claims import CLAIM, claims
from ticketscope.claims.early_layers_encode import ahead
from ticketscope.claims.higher_layers_diverge import kendall, slope
from ticketscope.claims.higher_layers_simplify import thirds
from ticketscope.claims.verdicts import (
    Statistic,
    all_of,
    any_of,
    detectable_difference,
    judge,
    t_interval,
)
from ticketscope.measures.estimate import Estimate
from unit.claims_fixture import STUDIED, FakeTables

pytestmark = pytest.mark.slow

ABOVE = Statistic("x", "above", "", bound=1.0)
BELOW = Statistic("x", "below", "", bound=1.0)
REPLICATES = st.lists(st.floats(-100, 100), min_size=2, max_size=8).map(np.array)


def simulations() -> ModuleType:
    """benchmarks/claims_power.py, whose models of replicates these tests take."""
    path = REPOSITORY / "benchmarks" / "claims_power.py"
    spec = importlib.util.spec_from_file_location("claims_power", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["claims_power"] = module
    spec.loader.exec_module(module)
    return module


POWER = simulations()


# ----------------------------------------------------------------------------- intervals


@given(numbers=REPLICATES, confidence=st.sampled_from([0.9, 0.95, 0.975]))
def test_the_interval_is_scipys(numbers: np.ndarray, confidence: float) -> None:
    found = t_interval(numbers, confidence=confidence)
    assert found.value == pytest.approx(numbers.mean())
    if np.ptp(numbers) < 1e-6:
        return
    theirs = stats.ttest_1samp(numbers, 0).confidence_interval(confidence)
    assert (found.lower, found.upper) == pytest.approx((theirs.low, theirs.high))


@pytest.mark.parametrize("numbers", [[0.3], [0.1, 0.1], [0.1 + 0.2, 0.3, 0.3]])
def test_no_spread_no_interval(numbers: list[float]) -> None:
    assert t_interval(np.array(numbers)) == Estimate(pytest.approx(numbers[0]))
    assert detectable_difference(np.array(numbers)) is None


@pytest.mark.parametrize(
    ("num", "confidence"), [(2, 0.95), (3, 0.95), (3, 0.975), (5, 0.95), (10, 0.95)]
)
def test_the_detectable_difference_is_detected_so_often(num: int, confidence: float) -> None:
    """With the true spread known, so that the draws are those the figure speaks of."""
    pattern = np.linspace(-1, 1, num)
    sd = pattern.std(ddof=1)
    draws = np.random.default_rng(1).normal(size=(40_000, num)) * sd
    draws += detectable_difference(pattern, confidence=confidence)
    lower = stats.ttest_1samp(draws, 0, axis=1).confidence_interval(confidence).low
    assert (lower > 0).mean() == pytest.approx(0.8, abs=0.01)


# ----------------------------------------------------------------------------- statistics


@given(
    orders=st.lists(st.permutations(range(6)), min_size=1, max_size=4),
    scale=st.floats(0.1, 10),
)
def test_slope_and_tau_are_numpys_and_scipys(orders: list[list[int]], scale: float) -> None:
    by_layer = scale * np.array(orders, dtype=float) ** 2
    layers = np.arange(1, 7)
    slopes = [np.polyfit(layers, row, 1)[0] for row in by_layer]
    assert slope(by_layer) == pytest.approx(slopes, abs=1e-9)
    taus = [stats.kendalltau(layers, row).statistic for row in by_layer]
    assert kendall(by_layer) == pytest.approx(taus)


@pytest.mark.parametrize(
    ("num_layers", "upper", "lower"),
    [(2, [2], [1]), (3, [3], [1]), (5, [5], [1]), (6, [5, 6], [1, 2]), (9, [7, 8, 9], [1, 2, 3])],
)
def test_a_third_of_the_layers(num_layers: int, upper: list[int], lower: list[int]) -> None:
    layers = np.arange(1.0, num_layers + 1)[None]
    found, difference = thirds(np.exp(layers**2), np.ones_like(layers))
    expected = np.mean(np.square(upper))
    assert found == pytest.approx([expected])
    assert difference == pytest.approx([expected - np.mean(np.square(lower))])


@pytest.mark.parametrize(("num_layers", "lower"), [(2, [1]), (3, [1]), (5, [1, 2]), (6, [1, 2, 3])])
def test_the_lower_half_of_the_layers_looks_ahead(num_layers: int, lower: list[int]) -> None:
    own, other = np.mgrid[: num_layers + 1, : num_layers + 1]
    ticket = np.where(other == own + 1, 2.0**own, np.where(other == own - 1, 0.0, 99.0))[None]
    expected = np.mean([2.0**layer for layer in lower])
    assert ahead(ticket, np.zeros_like(ticket)) == pytest.approx([expected])


# ----------------------------------------------------------------------------- rules


@pytest.mark.parametrize(
    ("lower", "upper", "above"),
    [
        (1.1, 2.0, "supported"),
        (0.0, 0.9, "contradicted"),
        (0.9, 1.1, "undecided"),
        (1.0, 2.0, "undecided"),
        (None, None, "undecided"),
    ],
)
def test_the_whole_interval_must_lie_on_one_side(
    lower: float | None, upper: float | None, above: str
) -> None:
    opposite = {"supported": "contradicted", "contradicted": "supported"}
    assert judge(ABOVE, Estimate(1.0, lower, upper)) == above
    assert judge(BELOW, Estimate(1.0, lower, upper)) == opposite.get(above, above)


@given(numbers=REPLICATES)
def test_a_verdict_turns_with_its_numbers(numbers: np.ndarray) -> None:
    above = judge(Statistic("x", "above", ""), t_interval(numbers))
    assert above == judge(Statistic("x", "below", ""), t_interval(-numbers))


@pytest.mark.parametrize(
    ("verdicts", "of_all", "of_any"),
    [
        (("supported", "supported"), "supported", "supported"),
        (("supported", "undecided"), "undecided", "supported"),
        (("supported", "contradicted"), "undecided", "undecided"),
        (("undecided", "undecided"), "undecided", "undecided"),
        (("undecided", "contradicted"), "contradicted", "contradicted"),
        (("contradicted", "contradicted"), "contradicted", "contradicted"),
    ],
)
def test_two_statistics_decide_together(
    verdicts: tuple[str, ...], of_all: str, of_any: str
) -> None:
    for each in (verdicts, verdicts[::-1]):
        assert all_of(each) == of_all
        assert any_of(each) == of_any


# ----------------------------------------------------------------------------- calibration


@pytest.mark.parametrize("num", [3, 5])
@pytest.mark.parametrize("claim", POWER.DRAWS)
def test_noise_is_called_a_finding_in_five_of_a_hundred_at_the_most(claim: str, num: int) -> None:
    counts = POWER.verdicts(claim, num, 0.0, times=1_000, seed=3)
    assert POWER.false_ones(counts) <= stats.binom.ppf(0.99, 1_000, 0.05)


@pytest.mark.parametrize("claim", POWER.UNMOVED)
def test_where_nothing_moved_there_is_hardly_ever_a_verdict(claim: str) -> None:
    counts = POWER.verdicts(claim, 2, 0.0, times=400, seed=3)
    assert POWER.false_ones(counts) <= stats.binom.ppf(0.99, 400, 0.025)


@pytest.mark.parametrize("claim", POWER.DRAWS)
def test_the_choice_of_the_level_costs_little_even_where_all_hangs_on_quality(claim: str) -> None:
    counts = POWER.verdicts(claim, 3, 0.0, times=1_000, seed=3, tie=0.7)
    assert POWER.false_ones(counts) <= 90


@pytest.mark.parametrize("claim", POWER.DRAWS)
@pytest.mark.parametrize(("side", "verdict"), [(1, "supported"), (-1, "contradicted")])
def test_a_large_effect_is_found(claim: str, side: int, verdict: str) -> None:
    counts = POWER.verdicts(claim, 5, 8.0 * side, times=100, seed=3)
    assert counts[verdict] >= 95


def test_whole_tables_of_noise_are_seldom_called_findings() -> None:
    rng = np.random.default_rng(5)
    false = dict.fromkeys(("C1", "C2", "C3", "C4", "C5"), 0)
    num_runs = 10
    for _ in range(num_runs):
        fake = FakeTables(effect=0.0, bleu=(-0.1, -0.2), jitter=tuple(rng.normal(size=3)))
        for row in claims(fake.tables(), STUDIED):
            if row.statistic == CLAIM and row.claim in false:
                false[row.claim] += row.verdict in ("supported", "contradicted")
    assert max(false.values()) <= stats.binom.ppf(0.999, num_runs, 0.05)
