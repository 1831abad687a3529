"""behaviour.csv and views/behaviour.json that no network made: figures follow from formulas.

A ticket is given by the first columns of every table, as `report_fixture.FakeRun.tickets` does.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ticketscope.tables.behaviour import BEHAVIOUR

Ticket = dict[str, Any]
DENSE, CONTROL = "dense", "dense_continued"
HALF = 0.03
"""Of every interval."""
NUM_PAIRS, NUM_SENTENCES, TOO_FEW = 100, 60, 7
LOST = {DENSE: 0.0, CONTROL: 0.005, "lr_rewinding": 0.02, "random_pruning": 0.04}
"""What each level loses of whatever is measured."""
SLICES = {"length": ("up to 5", "6 to 10"), "rarity": ("up to 31", "32 and more")}
METRICS = ("bleu", "chrf", "loss")


@dataclass(frozen=True, kw_only=True)
class FakeBehaviour:
    """What was asked, and a sentence that broke."""

    phenomena: tuple[str, ...] = ("gender", "control")
    source: str = "The new lamp does not work ."
    reference: str = "Die neue Lampe funktioniert nicht ."
    broken: str = "Die neue Lampe arbeitet nie ."


def accuracy(ticket: Ticket, phenomenon: str) -> float:
    """The phenomenon with the longer name is the harder one; "" stands for all."""
    start = 0.95 - 0.01 * len(phenomenon) + 0.001 * ticket["replicate"]
    return start - LOST[ticket["arm"]] * ticket["level"]


def score(ticket: Ticket, place: int) -> float:
    """Of the slice that comes at this place."""
    return 50.0 - place - 100 * LOST[ticket["arm"]] * ticket["level"]


def behaviour_rows(
    tickets: Sequence[Ticket], test_sets: Sequence[str], fake: FakeBehaviour
) -> Iterator[Ticket]:
    """Minimal pairs, then slices of each test set, one of them too small to be scored."""
    for ticket in tickets:
        for phenomenon in ("", *fake.phenomena) if fake.phenomena else ():
            row = {"bucket_kind": "phenomenon", "bucket": phenomenon, "test_set": "grammar"}
            row |= {"num_sentences": NUM_PAIRS * (1 if phenomenon else len(fake.phenomena))}
            value = accuracy(ticket, phenomenon)
            beyond = value - accuracy(_control(ticket), phenomenon)
            yield _row(ticket, row | {"metric": "accuracy"}, value, beyond, tickets)
            yield (
                dict.fromkeys(BEHAVIOUR.names, "")
                | ticket
                | row
                | {
                    "metric": "tied",
                    "value": 0.01,
                }
            )
        for test_set in test_sets:
            for kind, names in SLICES.items():
                for place, name in enumerate(names):
                    for metric in METRICS:
                        value = score(ticket, place)
                        beyond = value - score(_control(ticket), place)
                        row = {"bucket_kind": kind, "bucket": name, "test_set": test_set}
                        row |= {"metric": metric, "num_sentences": NUM_SENTENCES}
                        yield _row(ticket, row, value, beyond, tickets)
            for metric in METRICS:
                row = {"bucket_kind": "length", "bucket": "26 and more", "test_set": test_set}
                row |= {"metric": metric, "num_sentences": TOO_FEW}
                yield dict.fromkeys(BEHAVIOUR.names, "") | ticket | row


def _control(ticket: Ticket) -> Ticket:
    return ticket | {"arm": CONTROL}


def _row(
    ticket: Ticket, row: Ticket, value: float, beyond: float, tickets: Sequence[Ticket]
) -> Ticket:
    figures = {"value": value, "lower": value - HALF, "upper": value + HALF}
    has_control = any(other["arm"] == CONTROL for other in tickets)
    if has_control and ticket["arm"] not in (DENSE, CONTROL):
        figures |= {
            "difference_control": beyond,
            "difference_control_lower": beyond - HALF,
            "difference_control_upper": beyond + HALF,
        }
    return dict.fromkeys(BEHAVIOUR.names, "") | ticket | row | figures


# ----------------------------------------------------------------------------- the view


def behaviour_view(
    tickets: Sequence[Ticket], test_sets: Sequence[str], fake: FakeBehaviour
) -> dict[str, Any]:
    """Of the first replicate's last ticket: one sentence, of the first test set."""
    with_control = any(ticket["arm"] == CONTROL for ticket in tickets)
    pruned = [
        ticket
        for ticket in tickets
        if ticket["arm"] not in (DENSE, CONTROL) and ticket["replicate"] == 0
    ]
    return {
        "exact": False,
        "margin": 10.0,
        "tickets": [
            _broken(pruned[-1], test_set, fake, with_control, broke=place == 0)
            for place, test_set in enumerate(test_sets if pruned else ())
        ],
    }


def _broken(
    ticket: Ticket, test_set: str, fake: FakeBehaviour, with_control: bool, broke: bool
) -> dict[str, Any]:
    changes = {
        "ticket_from_both": {"fell": int(broke), "rose": 3} if with_control else None,
        "ticket_from_dense": {"fell": 21, "rose": 4},
        "control_from_dense": {"fell": 5, "rose": 6} if with_control else None,
    }
    right = {"text": fake.reference, "chrf": 100.0}
    sentence = {
        "source": fake.source,
        "reference": fake.reference,
        "dense": right,
        "control": right if with_control else None,
        "ticket": {"text": fake.broken, "chrf": 45.67},
    }
    return {
        "arm": ticket["arm"],
        "replicate": ticket["replicate"],
        "level": ticket["level"],
        "sparsity_prunable": ticket["sparsity_prunable"],
        "test_set": test_set,
        "num_sentences": 1_000,
        "changes": changes,
        "casualties": [sentence] if broke else [],
    }
