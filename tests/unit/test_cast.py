"""Who plays in a run, be it a lottery or a dissection."""

import pytest

from ticketscope.arms import ARMS, Arm
from ticketscope.arms.cast import BASE, Cast, dissection_cast, lottery_cast

LOTTERY = lottery_cast(["random_pruning", "dense_continued", "lr_rewinding"])
GIVEN = dissection_cast("opus", ["int8", "pruned"], ["trained-on", "again"])


def names(arms: tuple[Arm, ...]) -> list[str]:
    return [arm.name for arm in arms]


def test_arms_of_a_lottery_are_in_the_order_of_legends_behind_the_dense_model() -> None:
    assert [*LOTTERY] == ["dense", "lr_rewinding", "dense_continued", "random_pruning"]
    assert LOTTERY["lr_rewinding"] is ARMS["lr_rewinding"]
    assert LOTTERY.dense.name == "dense"


def test_a_cast_knows_no_arm_that_the_run_has_not() -> None:
    assert "dense_repeated" not in LOTTERY
    assert "dense" in LOTTERY
    with pytest.raises(KeyError):
        LOTTERY["dense_repeated"]


def test_what_is_under_study_is_no_control() -> None:
    assert names(LOTTERY.studied) == ["lr_rewinding"]
    assert LOTTERY.first is ARMS["lr_rewinding"]
    assert lottery_cast(["random_pruning", "dense_continued"]).first is None
    assert names(GIVEN.studied) == ["int8", "pruned"]
    assert GIVEN.first is GIVEN["int8"]


def test_the_control_is_the_one_that_has_no_control() -> None:
    assert LOTTERY.control is ARMS["dense_continued"]
    assert lottery_cast(["lr_rewinding", "dense_repeated"]).control is None
    assert lottery_cast(ARMS).repeated is ARMS["dense_repeated"]
    assert LOTTERY.repeated is None
    assert (GIVEN.control, GIVEN.repeated) == (GIVEN["trained-on"], GIVEN["again"])
    assert dissection_cast("opus", ["int8"]).control is None


def test_verdicts_are_on_all_that_is_smaller_with_its_control_where_the_run_has_it() -> None:
    control = ARMS["dense_continued"]
    assert LOTTERY.pairs == (
        (ARMS["lr_rewinding"], control),
        (ARMS["random_pruning"], control),
    )
    assert lottery_cast(["lr_rewinding"]).pairs == ((ARMS["lr_rewinding"], None),)
    assert GIVEN.pairs == tuple((GIVEN[name], GIVEN["trained-on"]) for name in ("int8", "pruned"))
    alone = dissection_cast("opus", ["int8"])
    assert alone.pairs == ((alone["int8"], None),)


@pytest.mark.parametrize("num", [1, 10])
def test_networks_of_others_are_told_apart_by_name_title_and_colour(num: int) -> None:
    cast = dissection_cast("opus", [f"variant {place}" for place in range(num)], ["a", "b"])
    arms = [cast[name] for name in cast]
    assert next(arm.name for arm in arms) == BASE
    assert cast.dense.title == "opus (base)"
    for told in ("name", "title", "colour"):
        assert len({getattr(arm, told) for arm in arms}) == len(arms)


def test_no_two_networks_have_one_name() -> None:
    with pytest.raises(AssertionError):
        Cast(GIVEN.dense, (GIVEN["int8"], GIVEN["int8"]))
