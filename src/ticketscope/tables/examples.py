"""The view of the sentences that a reader of the report browses."""

from typing import Annotated, Final, Literal, Self

from pydantic import Field, TypeAdapter, model_validator

from ticketscope.tables.view import Shape, View
from ticketscope.tables.views import Count


class ShownNetwork(Shape):
    """A network whose translations are shown; `control`: the place of its control among them."""

    arm: str
    replicate: Count
    level: Count
    sparsity_prunable: float
    control: Count | None


class ShownTestSet(Shape):
    """A test set, and how many sentences it has."""

    name: str
    num_sentences: Count


class Slice(Shape):
    """Sentences of one kind, such as `length`: `6 to 10`."""

    kind: str
    name: str


class ShownSentence(Shape):
    """A sentence of a test set, its line from 1, and the places of the slices that it is in."""

    test_set: str
    line: Annotated[int, Field(ge=1)]
    source: str
    reference: str
    slices: tuple[Count, ...]


class Drawn(Shape):
    """How many of the sentences that there are for one reason are shown."""

    why: Literal["every time", "fell", "damaged", "rest"]
    num_sentences: Count
    num_shown: Count


class ExamplesView(Shape):
    """views/examples.json: test set by test set, line by line, sentences to be looked at.

    `networks`: the first is that which all others are made from. `exact` and `margin` as in
    views/behaviour.json. `drawn`: a sentence counts for the first reason that it is there for.
    """

    exact: bool
    margin: float
    networks: Annotated[tuple[ShownNetwork, ...], Field(min_length=1)]
    num_networks_left_out: Count
    test_sets: tuple[ShownTestSet, ...]
    slices: tuple[Slice, ...]
    drawn: tuple[Drawn, ...]
    sentences: tuple[ShownSentence, ...]

    @model_validator(mode="after")
    def _names_what_is_there(self) -> Self:
        names = {test_set.name for test_set in self.test_sets}
        if any(one.test_set not in names for one in self.sentences):
            raise ValueError("sentences: of a test set that test_sets does not name")
        if any(place >= len(self.slices) for one in self.sentences for place in one.slices):
            raise ValueError("sentences: in a slice that slices does not name")
        if any((one.control or 0) >= len(self.networks) for one in self.networks):
            raise ValueError("networks: a control that is not among them")
        if sum(drawn.num_shown for drawn in self.drawn) != len(self.sentences):
            raise ValueError("drawn: not as many as there are sentences")
        return self


EXAMPLES_VIEW: Final = View("examples", TypeAdapter(ExamplesView))
