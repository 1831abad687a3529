"""Links into the browser of examples: what it shows is said by the address."""

from typing import Final
from urllib.parse import urlencode

EXAMPLES: Final = "examples"
"""The anchor of its section."""


def example_link(test_set: str, line: int) -> str:
    """To a sentence among all others."""
    return _link(sentence=f"{test_set}:{line}")


def fallen_link(network: str, test_set: str, *, exact: bool, with_control: bool) -> str:
    """To the sentences of a test set that a network broke; `exact` and what it is compared with as
    in views/behaviour.json."""
    return _link(
        network=network,
        test_set=test_set,
        change="lost" if exact else "worse",
        against="both" if with_control else "first",
    )


def network_id(arm: str, level: int, *, is_given: bool) -> str:
    """What links call a network; of a dissection, where there are no levels, its name alone."""
    return arm if is_given else f"{arm}:{level}"


def _link(**asked: str) -> str:
    return f"#{EXAMPLES}?{urlencode(asked)}"
