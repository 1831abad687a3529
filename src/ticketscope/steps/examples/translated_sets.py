"""A test set with what the shown networks make of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ticketscope.corpus.stored_texts import ParallelText
from ticketscope.runs.store import LevelId
from ticketscope.steps.behaviour.broken import systems
from ticketscope.steps.behaviour.casualties import System
from ticketscope.steps.behaviour.slices import Bucket, cuts
from ticketscope.steps.bench import Bench


@dataclass(frozen=True)
class TranslatedSet:
    """A test set with what the shown networks make of it, in their order, and how it is cut."""

    name: str
    text: ParallelText
    systems: tuple[System, ...]
    buckets: Sequence[Bucket]

    def sizes(self) -> list[int]:
        """Bytes of all that is shown of each sentence."""
        sides = (self.text.source, self.text.target, *(system.texts for system in self.systems))
        return [sum(len(text.encode()) for text in each) for each in zip(*sides, strict=True)]

    def sentences(self, slices: Sequence[tuple[str, str]]) -> Iterator[dict[str, Any]]:
        """Each with the places of its own among the slices, given by kind and name."""
        of_line: list[list[int]] = [[] for _ in self.text.source]
        for bucket in self.buckets:
            for place in bucket.places:
                of_line[place].append(slices.index((bucket.kind, bucket.name)))
        cells = zip(self.text.source, self.text.target, of_line, strict=True)
        for line, (source, reference, places) in enumerate(cells, start=1):
            yield {
                "test_set": self.name,
                "line": line,
                "source": source,
                "reference": reference,
                "slices": places,
            }


def translated(bench: Bench, name: str, shown: Sequence[LevelId]) -> TranslatedSet:
    """A test set as these networks translate it."""
    made = tuple(bench.once(systems)(label, name) for label in shown)
    return TranslatedSet(name, bench.held_out.text(name), made, bench.once(cuts)[name])
