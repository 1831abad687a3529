"""The arms there are, and what holds of every one."""

import pytest
from cast_fixture import CAST

from tests_support import REPOSITORY
from ticketscope.arms import ARMS, Arm
from ticketscope.pruning.criteria import CRITERIA


@pytest.mark.parametrize("name", ARMS)
def test_every_arm_is_compared_with_a_control_and_prunes_by_a_criterion_there_is(name: str) -> None:
    arm = ARMS[name]
    assert arm.name == name
    assert arm.criterion is None or arm.criterion in CRITERIA
    assert arm.control is None or (ARMS[arm.control].is_control and arm.control != name)
    assert arm.sentence.endswith(".")
    assert arm.title != name


def test_colours_and_titles_differ() -> None:
    arms = [CAST[name] for name in CAST]
    assert len({arm.colour for arm in arms}) == len({arm.title for arm in arms}) == len(arms)


def test_what_draws_its_own_seeds_prunes_nothing() -> None:
    # What differs in seeds and in pruning could not say which of the two did it.
    assert [arm.name for arm in [CAST[name] for name in CAST] if arm.draws_own_seeds] == [
        "dense_repeated"
    ]
    assert not ARMS["dense_repeated"].prunes


@pytest.mark.parametrize("arm", ARMS.values(), ids=lambda arm: arm.name)
def test_every_arm_is_documented(arm: Arm) -> None:
    pages = {
        name: (REPOSITORY / "docs" / name).read_text("utf-8")
        for name in ("lottery.md", "config.md")
    }
    [row] = [
        line for line in pages["lottery.md"].splitlines() if line.startswith(f"| `{arm.name}` |")
    ]
    assert ("nothing" in row) == (arm.criterion is None)
    assert ("control" in row) == arm.is_control
    [row] = [
        line for line in pages["config.md"].splitlines() if line.startswith("| `lottery.arms` |")
    ]
    assert f'`"{arm.name}"`' in row
