"""The arms there are, and what holds of every one."""

import pytest

from tests_support import REPOSITORY
from ticketscope.arms import ARMS, Arm, known_arms, under_study
from ticketscope.lottery.criteria import CRITERIA


@pytest.mark.parametrize("name", ARMS)
def test_every_arm_is_compared_with_a_control_and_prunes_by_a_criterion_there_is(name: str) -> None:
    arm = ARMS[name]
    assert arm.name == name
    assert arm.criterion is None or arm.criterion in CRITERIA
    assert arm.control is None or (ARMS[arm.control].is_control and arm.control != name)
    assert arm.sentence.endswith(".")


def test_colours_differ() -> None:
    colours = [arm.colour for arm in known_arms().values()]
    assert len(set(colours)) == len(colours)


def test_the_arm_under_study_is_the_first_that_is_no_control() -> None:
    assert under_study(("random_pruning", "lr_rewinding")) == "lr_rewinding"
    assert under_study(("random_pruning", "dense_continued")) is None


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
