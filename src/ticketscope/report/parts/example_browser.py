"""The browser of examples as a part of the page."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from ticketscope.packing import packed_json


@dataclass(frozen=True)
class ExampleBrowser:
    """Sentences with their translations, to be filtered, sorted and searched.

    data: what templates/examples.js shows, as `report.examples.browser_data` makes it.
    """

    title: str
    reading: str
    data: Mapping[str, Any]
    num_sentences: int
    name: ClassVar = "examples"

    @cached_property
    def packed(self) -> str:
        """The data as they stand in the page."""
        return packed_json(self.data)
