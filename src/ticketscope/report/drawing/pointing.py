"""The text of a tooltip: names in words, figures with sensible digits and units.

Every tooltip of the page is made by `pointed`.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import altair as alt

from ticketscope.arms.cast import Cast


@dataclass(frozen=True)
class Told:
    """A column in words, with the unit of its figures, and their format (D3's); a name has none."""

    title: str
    format: str = ""

    @property
    def is_share(self) -> bool:
        """Whether the figures are shares, told in per cent."""
        return self.format.endswith("%")


SHARE: Final = ".1%"
COUNT: Final = ",d"
SCORE: Final = ".3f"
COLUMNS: Final[Mapping[str, Told]] = {
    **{
        name: Told(name)
        for name in (
            *("arm", "replicate", "replicates", "run", "level", "layer", "layers", "head", "kind"),
            *("measure", "attention", "phenomenon", "group", "task", "role", "method", "module"),
        )
    },
    "against": Told("compared with"),
    "beam": Told("beam"),
    "bin": Told("bin"),
    "bucket": Told("slice"),
    "mean_confidence": Told("confidence", SHARE),
    "noise": Told("noise"),
    "num_changed": Told("sentences that the noise changes", COUNT),
    "num_events": Told("pieces of the references", COUNT),
    "strength": Told("strength of the noise"),
    "end": Told("end of the range"),
    "num_heads": Told("heads", COUNT),
    "num_neurons": Told("neurons", COUNT),
    "num_matched": Told("neurons that match themselves", COUNT),
    "num_pruned": Told("zeros", COUNT),
    "num_weights": Told("weights", COUNT),
    "num_words": Told("words", COUNT),
    "rank": Told("rank", COUNT),
    "word_class": Told("class of words"),
    "num_sentences": Told("sentences, or pairs", COUNT),
    "num_test": Told("targets of the test split", COUNT),
    "other_layer": Told("layer of the second model"),
    "num_back": Told("weights that come back", COUNT),
    "frequency": Told("how frequent the token is"),
    "part": Told("part"),
    "unit": Told("unit"),
    "way": Told("stitched"),
    "pair": Told("arms"),
    "pairs": Told("set of minimal pairs"),
    "published_level": Told("level published"),
    "set": Told("challenge set"),
    "figure": Told("figure"),
    "shown": Told("shown"),
    "test_set": Told("test set"),
    "whose": Told("published by"),
    "sparsity_prunable": Told("own zeros, of prunable weights", SHARE),
    "sparsity_total": Told("own zeros, of all weights", SHARE),
    "sparsity_non_embedding": Told("own zeros, of all but embeddings", SHARE),
    "depth": Told("depth (of all layers)", SHARE),
    "bleu": Told("BLEU", ".2f"),
    "bytes": Told("size (bytes)", COUNT),
    "update": Told("update", COUNT),
    "tokens_per_second": Told("target pieces per second", ",.0f"),
    "score": Told("score", SCORE),
    "other_score": Told("score compared with", SCORE),
    "random_encoder": Told("score on an untrained encoder", SCORE),
    "majority_by_word": Told("score of the majority by word", SCORE),
    "majority": Told("score of the majority", SCORE),
    "worse": Told("significantly below the control"),
    "not_above": Told("does not beat the baseline"),
    "centre": Told("centre of gravity (layers)", ".2f"),
    "other_centre": Told("centre of gravity compared with (layers)", ".2f"),
}
"""The columns of the rows drawn, but `value`, which each figure names itself, and its interval."""
_NOT_TOLD: Final = frozenset({"dodge", "compared"})
_OF_LEVELS: Final = frozenset({"level", "replicate", "drawn_at"})
"""What says nothing of networks that others made."""
_INTERVAL: Final = "95 % interval"


def pointed(
    chart: alt.Chart, cast: Cast, columns: Iterable[str], figures: Mapping[str, Told] | None = None
) -> alt.Chart:
    """The chart of marks that tell these columns of their row, in this order.

    `figures` are those that the figure names itself, such as `value`; an interval (`lower` and
    `upper`) is told as one, like the value, or as `figures` name its `lower`. A column that neither
    `figures` nor `COLUMNS` knows is our bug. What says where a mark stands is not told.
    """
    known = {**COLUMNS, **_of_tickets(cast), **(figures or {})}
    silent = _NOT_TOLD | _OF_LEVELS if cast.is_given else _NOT_TOLD
    told = [column for column in columns if column not in silent]
    channels = [_channel(name, known[name]) for name in told if name not in ("lower", "upper")]
    if "arm" in told:
        titles = json.dumps({name: cast[name].title for name in cast})
        chart = chart.transform_calculate(arm_title=f"({titles})[datum.arm]")
    if "lower" in told:
        ends = known.get("lower") or Told(_INTERVAL, known["value"].format)
        chart = chart.transform_calculate(interval=_interval(ends.format))
        channels.append(alt.Tooltip("interval:N", title=ends.title))
    pointed: alt.Chart = chart.encode(tooltip=channels)
    return pointed


def _of_tickets(cast: Cast) -> dict[str, Told]:
    """The columns whose words hang on what a network may be called."""
    return {
        "rung": Told(f"level, with the sparsity of its {cast.nouns.tickets}"),
        "drawn_at": Told(f"sparsity of the {cast.nouns.tickets} of its level", SHARE),
    }


def _channel(column: str, told: Told) -> alt.Tooltip:
    # Given a plain name, altair tries every class it has.
    if told.format:
        return alt.Tooltip(f"{column}:Q", title=told.title, format=told.format)
    shown = "arm_title" if column == "arm" else column
    return alt.Tooltip(f"{shown}:N", title=told.title)


def _interval(format: str) -> str:
    lower, upper = (f"format(datum.{end}, '{format}')" for end in ("lower", "upper"))
    return f"isValid(datum.lower) ? {lower} + ' to ' + {upper} : 'not measured'"
