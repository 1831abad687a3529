"""The arms there are, and what holds of every one."""

from dataclasses import replace

import pytest
from cast_fixture import CAST

from tests_support import REPOSITORY
from ticketscope.arms import ARMS, Arm, arm_of, in_order
from ticketscope.arms.named import CRITERIA_IN_NAMES
from ticketscope.pruning.criteria import CRITERIA

WITH_CRITERION = [
    f"{name}-{criterion}"
    for name, arm in ARMS.items()
    for criterion in CRITERIA_IN_NAMES
    if not arm.removes and (arm.takes_from or arm.criterion not in (None, "random"))
]


@pytest.mark.parametrize("name", ARMS)
def test_every_arm_is_compared_with_a_control_and_prunes_by_a_criterion_there_is(name: str) -> None:
    arm = ARMS[name]
    assert arm.name == name
    assert arm.criterion is None or arm.criterion in CRITERIA
    assert arm.mask_of is None or (arm.criterion, arm.counts_of) == (None, None)
    assert arm.mask_of is None or arm.removes == ARMS[arm.mask_of].removes
    assert arm.removes is None or arm.criterion is None
    assert arm.takes_from is None or ARMS[arm.takes_from].takes_from is None
    assert arm.control is None or (ARMS[arm.control].is_control and arm.control != name)
    assert arm.sentence.endswith(".")
    assert arm.title != name


def test_colours_and_titles_differ() -> None:
    arms = [*(CAST[name] for name in CAST), *map(arm_of, WITH_CRITERION)]
    assert len({arm.colour for arm in arms}) == len({arm.title for arm in arms}) == len(arms)


@pytest.mark.parametrize("page", ["#FFFFFF", "#15181C"])
def test_lines_are_seen_on_light_and_on_dark_pages(page: str) -> None:
    for arm in [*ARMS.values(), *map(arm_of, WITH_CRITERION)]:
        assert contrast(arm.colour, page) > 2.2, arm.name


def contrast(one: str, other: str) -> float:
    """By the formula of WCAG 2."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    shares = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = (s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares)
    return sum(weight * s for weight, s in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_what_draws_its_own_seeds_prunes_nothing() -> None:
    # What differs in seeds and in pruning could not say which of the two did it.
    assert [arm.name for arm in [CAST[name] for name in CAST] if arm.draws_own_seeds] == [
        "dense_repeated"
    ]
    assert not ARMS["dense_repeated"].prunes


def test_a_name_may_say_another_criterion() -> None:
    assert set(CRITERIA_IN_NAMES) <= set(CRITERIA)
    assert all(said.trains == CRITERIA[name].trains for name, said in CRITERIA_IN_NAMES.items())
    own, other = ARMS["lr_rewinding"], arm_of("lr_rewinding-random")
    assert arm_of("lr_rewinding") is own
    told = {"name": own.name, "title": own.title, "colour": own.colour, "sentence": own.sentence}
    assert replace(other, criterion="magnitude", is_control=False, **told) == own
    assert (other.name, other.criterion) == ("lr_rewinding-random", "random")
    assert other.is_control
    assert other.title == "tickets (learning-rate rewinding), by chance"
    assert other.sentence == "It does what lr_rewinding does, but prunes weights chosen by chance."


def test_names_with_a_criterion_stand_behind_their_arm_in_legends() -> None:
    names = ["dense_continued", "lr_rewinding-random", "lr_rewinding"]
    assert in_order(names) == names[::-1]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("lr_rewinnding", "no such arm; did you mean lr_rewinding. valid: lr_rewinding, "),
        ("lr-rewinding", "no such arm; did you mean lr_rewinding. valid: lr_rewinding, "),
        ("toy-random", "no such arm; valid: lr_rewinding, "),
        ("lr_rewinding-wnada", "no such criterion"),
        ("lr_rewinding-", "no such criterion"),
        ("lr_rewinding-magnitude", "or none that lr_rewinding has but by its name alone; valid: "),
        ("random_pruning-random", "random_pruning has no other criterion: leave out -random"),
        ("dense_continued-random", "dense_continued has no other criterion"),
        ("structured_ffn-wanda", "structured_ffn has no other criterion"),
        ("scratch-wanda", "scratch has no other criterion"),
    ],
)
def test_other_names_are_refused(name: str, told: str) -> None:
    with pytest.raises(ValueError, match=f"^{name}: .*{told}"):
        arm_of(name)


@pytest.mark.parametrize("arm", ARMS.values(), ids=lambda arm: arm.name)
def test_every_arm_is_documented(arm: Arm) -> None:
    pages = {
        name: (REPOSITORY / "docs" / name).read_text("utf-8")
        for name in ("lottery.md", "config.md")
    }
    [row] = [
        line for line in pages["lottery.md"].splitlines() if line.startswith(f"| `{arm.name}` |")
    ]
    assert ("nothing" in row) == (not arm.prunes)
    assert ("control" in row) == arm.is_control
    [row] = [
        line for line in pages["config.md"].splitlines() if line.startswith("| `lottery.arms` |")
    ]
    assert f'`"{arm.name}"`' in row
