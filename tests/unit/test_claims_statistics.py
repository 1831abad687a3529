"""Intervals, verdict rules, looks, replicates needed, doses, and how often verdicts are wrong."""

import importlib.util
import sys
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tests_support import REPOSITORY
from ticketscope.claims.dose import Curve, at_most, rounds
from ticketscope.claims.early_layers_encode import lower_half
from ticketscope.claims.higher_layers_diverge import kendall, slope
from ticketscope.claims.higher_layers_simplify import thirds
from ticketscope.claims.looks import Levels, levels_of, nominal
from ticketscope.claims.needed import MORE, needed_for_all, power, replicates_needed
from ticketscope.claims.verdicts import (
    Found,
    Statistic,
    found_in,
    judge,
    pooled,
    t_interval,
)
from ticketscope.measures.estimate import Estimate

pytestmark = pytest.mark.slow


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


SIMULATED = simulations()
ABOVE = Statistic("x", "above", "", null=1.0, margin=0.5)
REPLICATES = st.lists(st.floats(-100, 100), min_size=2, max_size=8).map(np.array)
ONE = Levels()


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
    assert judge(ABOVE, found_in(np.array(numbers), ONE)) == "undecided"
    assert replicates_needed(np.array(numbers), ABOVE, ONE, ()) == ""


def test_what_sentences_move_does_not_shrink_with_more_replicates() -> None:
    numbers = np.array([1.0, 2.0, 3.0])
    wide = pooled(numbers, 2.0)
    half = np.hypot(4.302652729911275 / np.sqrt(3), 1.959963984540054 * 2.0)
    assert wide.upper == pytest.approx(2 + half)
    assert pooled(numbers, 0.0) == t_interval(numbers)


# ----------------------------------------------------------------------------- rules


@pytest.mark.parametrize(
    ("interval", "narrow", "above"),
    [
        ((1.1, 2.0), (1.2, 1.9), "supported"),
        ((0.0, 0.9), (0.1, 0.8), "contradicted"),
        ((0.9, 2.0), (1.0, 1.9), "undecided"),
        ((1.0, 2.0), (1.1, 1.9), "undecided"),
        ((0.4, 1.4), (0.6, 1.3), "no relevant effect"),
        ((1.1, 1.4), (1.2, 1.3), "no relevant effect"),  # a significant trifle
        ((0.9, 1.6), (1.0, 1.5), "undecided"),
        ((None, None), (None, None), "undecided"),
    ],
)
def test_five_verdicts(
    interval: tuple[float, float], narrow: tuple[float, float], above: str
) -> None:
    found = Found(Estimate(1.0, *interval), Estimate(1.0, *narrow))
    opposite = {"supported": "contradicted", "contradicted": "supported"}
    below = Statistic("x", "below", "", null=1.0, margin=0.5)
    assert judge(ABOVE, found) == above
    assert judge(below, found) == opposite.get(above, above)


def test_not_worse_is_claimed_of_the_margin_itself() -> None:
    held = Statistic("x", "not below", "", margin=0.5)
    for lower, upper, verdict in (
        (-0.4, 0.1, "supported"),
        (-0.4, -0.1, "supported"),
        (-0.6, 0.1, "undecided"),
        (-0.9, -0.6, "contradicted"),
    ):
        ends = Estimate(0.0, lower, upper)
        assert judge(held, Found(ends, ends)) == verdict


@given(numbers=REPLICATES)
def test_a_verdict_turns_with_its_numbers(numbers: np.ndarray) -> None:
    above = judge(Statistic("x", "above", "", margin=1.0), found_in(numbers, ONE))
    assert above == judge(Statistic("x", "below", "", margin=1.0), found_in(-numbers, ONE))


# ----------------------------------------------------------------------------- looks


def test_one_look_is_an_ordinary_interval() -> None:
    assert levels_of((), 5) == nominal((5,)) == Levels(0.025, 0.05)
    assert levels_of((5,), 5) == levels_of((5,), 1) == Levels()


def test_more_looks_are_stricter_and_three_five_eight_twelve_are_the_known_ones() -> None:
    shipped = levels_of((3, 5, 8, 12), 5)
    assert shipped.direction == pytest.approx(0.0078, abs=1e-4)
    assert shipped.equivalence == pytest.approx(0.0168, abs=2e-4)
    between = levels_of((3, 5, 8, 12), 4)
    assert between == nominal((3, 4, 5, 8, 12))
    assert between.direction < shipped.direction


@pytest.mark.parametrize("looks", [(3, 5), (3, 5, 8, 12), (2, 4, 6)])
def test_all_looks_together_err_in_five_of_a_hundred(looks: tuple[int, ...]) -> None:
    """On other numbers than the levels were found with."""
    levels, rng = nominal(looks), np.random.default_rng(3)
    numbers = rng.standard_normal((20_000, looks[-1]))
    wrong, equal = (np.zeros(len(numbers), dtype=bool) for _ in range(2))
    for num in looks:
        seen = numbers[:, :num]
        t = seen.mean(axis=1) / (seen.std(axis=1, ddof=1) / np.sqrt(num))
        wrong |= np.abs(t) > stats.t.isf(levels.direction, num - 1)
        equal |= t < -stats.t.isf(levels.equivalence, num - 1)  # the edge of what is relevant
    for share in (wrong.mean(), equal.mean()):
        assert share == pytest.approx(0.05, abs=0.006)


# ----------------------------------------------------------------------------- replicates needed


@pytest.mark.parametrize(("mean", "margin"), [(1.5, None), (0.2, 1.3), (1.0, 1.2)])
def test_a_power_is_how_often_a_verdict_comes(mean: float, margin: float | None) -> None:
    statistic = Statistic("x", "above", "", margin=margin)
    seen, nums = mean + np.array([-1.0, 0.0, 1.0]), np.array([4, 8])
    rng = np.random.default_rng(1)
    for num, expected in zip(nums, power(seen, statistic, ONE, nums), strict=True):
        drawn = mean + rng.standard_normal((20_000, num))
        value, error = drawn.mean(axis=1), drawn.std(axis=1, ddof=1) / np.sqrt(num)
        direction = np.abs(value) - stats.t.isf(0.025, num - 1) * error > 0
        direction &= value > 0
        if margin is not None:
            direction |= np.abs(value) + stats.t.isf(0.05, num - 1) * error < margin
        assert expected == pytest.approx(direction.mean(), abs=0.015)


@pytest.mark.parametrize("looks", [(), (3, 5, 8, 12)])
def test_that_all_levels_hold_takes_more_than_that_each_does(looks: tuple[int, ...]) -> None:
    """With as many replicates as are said to be needed, all levels do in at least 80 %."""
    held = Statistic("x", "not below", "", margin=1.0)
    means, pattern = np.array([0.2, 0.0, -0.2]), np.array([[-1.0], [0.0], [1.0]])
    levels, seen, rng = levels_of(looks, 3), means + 0.5 * pattern, np.random.default_rng(2)
    needed = int(needed_for_all(seen, held, levels, looks, (0.0, 0.0, 0.1)))
    alone = replicates_needed(seen[:, 2], held, levels, looks, 0.1)
    assert needed >= int(alone)
    drawn = means + 0.5 * rng.standard_normal((20_000, needed, 3))
    # What the sentences moved is in what was seen; with more replicates they stay the same.
    of_seeds = (
        drawn.std(axis=1, ddof=1) / np.sqrt(needed) * stats.t.isf(levels.direction, needed - 1)
    )
    half = np.hypot(of_seeds, stats.norm.isf(levels.direction) * np.array([0.0, 0.0, 0.1]))
    share = (drawn.mean(axis=1) - half > -1.0).all(axis=1).mean()
    assert share >= 0.79
    assert needed_for_all(seen - [0, 0.9, 0], held, levels, looks, (0.0,) * 3) != str(needed)
    assert needed_for_all(seen - [0, 1.0, 0], held, levels, looks, (0.0,) * 3) == MORE
    assert needed_for_all(seen[:1], held, levels, looks, (0.0,) * 3) == ""


def test_replicates_needed_are_few_where_an_effect_or_its_absence_is_clear() -> None:
    pattern = np.array([-1.0, 0.0, 1.0])
    known = Statistic("x", "above", "", margin=2.0)
    assert int(replicates_needed(pattern + 4, known, ONE, ())) == 4
    assert int(replicates_needed(pattern + 0.1, known, ONE, ())) < 8
    looks = (3, 5, 8, 12)
    assert replicates_needed(pattern + 1, known, levels_of(looks, 3), looks) in {"8", "12"}
    trifle = Statistic("x", "above", "", margin=0.01)
    assert replicates_needed(pattern + 0.01, trifle, ONE, ()) == MORE
    assert replicates_needed(pattern + 0.01, trifle, ONE, looks) == MORE


# ----------------------------------------------------------------------------- doses and layers


def test_rounds_are_those_of_the_study() -> None:
    assert rounds(np.array([0.2, 0.36, 1 - 0.8**8])) == pytest.approx([1, 2, 8])
    assert at_most(0.8400004, 0.84)
    assert not at_most(0.841, 0.84)


def test_the_number_of_a_replicate_is_the_mean_effect_per_round() -> None:
    numbers = np.array([[1.0, 4.0, 99.0], [2.0, 0.0, 99.0]])
    statistic = Statistic("x", "above", "", margin=0.5, per_round=True)
    curve = Curve(statistic, "control", (0, 1, 2), (0.2, 0.36, 0.9), numbers)
    assert curve.up_to(0.84).per_replicate() == pytest.approx([1.5, 1.0])
    assert curve.up_to(0.84).levels == (0, 1)
    assert curve.at(1).margin == pytest.approx(1.0)
    level = Curve(Statistic("x", "above", ""), "control", (0, 1, 2), (0.0, 0.36, 0.9), numbers)
    assert level.up_to(0.84).per_replicate() == pytest.approx([4.0, 0.0])


@given(by_layer=st.lists(st.floats(-1, 1), min_size=2, max_size=8))
def test_slopes_are_numpys(by_layer: list[float]) -> None:
    depth = np.linspace(0, 1, len(by_layer))
    assert slope(np.array([by_layer])) == pytest.approx(
        [np.polyfit(depth, by_layer, 1)[0]], abs=1e-9
    )


def test_tau_is_scipys() -> None:
    by_layer = np.random.default_rng(0).permuted(np.tile(np.arange(6.0), (20, 1)), axis=1)
    theirs = [stats.kendalltau(np.arange(6), row).statistic for row in by_layer]
    assert kendall(by_layer) == pytest.approx(theirs)


@pytest.mark.parametrize(
    ("num_layers", "last", "first"),
    [(2, [2], [1]), (3, [3], [1]), (5, [5], [1]), (6, [5, 6], [1, 2]), (9, [7, 8, 9], [1, 2, 3])],
)
def test_a_third_of_the_layers(num_layers: int, last: list[int], first: list[int]) -> None:
    layers = np.arange(1.0, num_layers + 1)[None] ** 2
    expected = np.mean(np.square(last)) - np.mean(np.square(first))
    assert thirds(layers) == pytest.approx([expected])


@pytest.mark.parametrize(("num_layers", "lower"), [(2, [1]), (3, [1]), (5, [1, 2]), (6, [1, 2, 3])])
def test_the_lower_half_of_the_layers(num_layers: int, lower: list[int]) -> None:
    below_the_last = 2.0 ** np.arange(1, num_layers)
    assert lower_half(below_the_last) == pytest.approx(np.mean([2.0**layer for layer in lower]))


# ----------------------------------------------------------------------------- calibration


@pytest.mark.parametrize(("num", "looks"), [(3, False), (12, True)])
@pytest.mark.parametrize("name", SIMULATED.MODELS)
def test_one_verdict_in_twenty_is_false_at_the_most(name: str, num: int, looks: bool) -> None:
    times = 400
    told = {"times": times, "seed": 3, "looks": looks}
    most = stats.binom.ppf(0.999, times, 0.05) / times
    assert SIMULATED.false_direction(name, num, **told) <= most
    if SIMULATED.MODELS[name].has_margin:
        assert SIMULATED.false_equivalence(name, num, **told) <= most


@pytest.mark.parametrize("looks", [False, True])
def test_what_is_there_is_found(looks: bool) -> None:
    for truth, verdict, name, effect, sd in SIMULATED.POWER:
        if "4 SD" in truth:
            found = SIMULATED.verdicts(name, 5, effect, sd, times=50, seed=3, looks=looks)
            assert found[verdict] >= 48, truth


@pytest.mark.parametrize("looks", [False, True])
def test_levels_asked_in_order_err_as_seldom_as_one(looks: bool) -> None:
    times = 400
    found = SIMULATED.in_order(3, times=times, seed=3, looks=looks)
    assert found["supported"] + found["contradicted"] <= stats.binom.ppf(0.999, times, 0.05)
