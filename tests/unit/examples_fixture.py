"""Sentences with translations that no network made, in a run directory: text of nasty kinds."""

from pathlib import Path
from typing import Any, Final

from ticketscope.arms.cast import lottery_cast
from ticketscope.tables.behaviour import BROKEN_SENTENCES
from ticketscope.tables.damage import DAMAGED_SENTENCES
from ticketscope.tables.examples import EXAMPLES_VIEW
from ticketscope.tables.quality import SENTENCES
from ticketscope.tables.view import write_view
from ticketscope.tables.written import write_table

CAST: Final = lottery_cast(("lr_rewinding", "dense_continued"))
DENSE, CONTROL, TICKET = ("dense", 0), ("dense_continued", 2), ("lr_rewinding", 2)
NETWORKS: Final = (DENSE, CONTROL, TICKET)
HOSTILE: Final = "</script><script>document.title = 1</script><!-- <b>&amp;</b> ${x}"
RIGHT_TO_LEFT: Final = "مرحبا بالعالم"
LONG: Final = "Donaudampfschifffahrtsgesellschaftskapitän" * 6
LINES: Final = (
    # source, reference, then what the networks make of it
    (
        "The lamp does not work .",
        "Die Lampe geht nicht .",
        "Die Lampe geht nicht .",
        "Die Lampe geht nie .",
        "Die Lampe geht .",
    ),
    (HOSTILE, f"{HOSTILE} r", f"{HOSTILE} d", HOSTILE, f"{HOSTILE} \u2028t"),
    ("Right to left .", RIGHT_TO_LEFT, RIGHT_TO_LEFT, RIGHT_TO_LEFT, "بالعالم"),
    ("A long word .", LONG, LONG, LONG, LONG + "s"),
    ("Nothing .", "Nichts .", "Nichts .", "", ""),
    ("Not available .", "NA", "NA", "NA", "null"),
    *((f"Number {n} .", *(f"Zahl {n} .",) * 4) for n in range(9)),
)
SLICES: Final = (("tag", "case"), ("length", "up to 5"), ("tag", "negation"))


def chrf(line: int, network: int) -> float:
    """100 for what equals the reference, else less by line and network."""
    _, reference, *made = LINES[line]
    return 100.0 if made[network] == reference else 60.0 - 10 * network - line


def write_examples(run: Path) -> Path:
    """Write the view and its tables as a run does; returns `run`."""
    labels = [{"arm": arm, "replicate": 0, "level": level} for arm, level in NETWORKS]
    view = {
        "exact": False,
        "margin": 10.0,
        "networks": [
            {**label, "sparsity_prunable": 0.6 * (place == 2), "control": 1 if place == 2 else None}
            for place, label in enumerate(labels)
        ],
        "num_networks_left_out": 0,
        "test_sets": [{"name": "a", "num_sentences": len(LINES) + 5}],
        "slices": [{"kind": kind, "name": name} for kind, name in SLICES],
        "drawn": [
            {"why": "fell", "num_sentences": 3, "num_shown": 3},
            {"why": "rest", "num_sentences": len(LINES) + 2, "num_shown": len(LINES) - 3},
        ],
        "sentences": [
            {
                "test_set": "a",
                "line": line,
                "source": one[0],
                "reference": one[1],
                "slices": [0, 1, 2] if line == 1 else [1],
            }
            for line, one in enumerate(LINES, start=1)
        ],
    }
    rows = [
        {
            "test_set": "a",
            "line": line + 1,
            **label,
            "translation": one[2 + place],
            "chrf": chrf(line, place),
            "ter": 100 - chrf(line, place),
            "loss": 1.0 + place + line / 100,
            "num_tokens": 7,
        }
        for place, label in enumerate(labels)
        for line, one in enumerate(LINES)
    ]
    write_view(run, EXAMPLES_VIEW, view)
    write_table(run, SENTENCES, rows, CAST)
    write_table(run, DAMAGED_SENTENCES, damaged_rows(), CAST)
    broken = {"failure": "exact", "test_set": "a", "line": 1, "arm": "lr_rewinding", "level": 2}
    more = broken | {"line": 3, "num_networks": 1}
    write_table(run, BROKEN_SENTENCES, [broken | {"num_networks": 3}, more], CAST)
    return run


def damaged_rows() -> list[dict[str, Any]]:
    """The ticket loses a number more than the dense model on line 2, and is empty on line 5."""
    return [
        {
            "test_set": "a",
            "line": line,
            "arm": arm,
            "replicate": 0,
            "level": level,
            "kind": kind,
            "num_events": events,
            "num_broken": broken,
        }
        for line, (arm, level), kind, events, broken in (
            (2, DENSE, "numbers", 3, 1),
            (2, TICKET, "numbers", 3, 2),
            (5, CONTROL, "empty", 1, 1),
            (5, TICKET, "empty", 1, 1),
            (6, DENSE, "numbers", 1, 1),
        )
    ]
