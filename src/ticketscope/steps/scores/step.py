"""Scores of translations that other tools or people gave; they enter the tables of quality."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ticketscope.config import Study
from ticketscope.steps.scores import SCORES
from ticketscope.steps.step import Step

if TYPE_CHECKING:
    from ticketscope.corpus.stored_texts import HeldOut
    from ticketscope.steps.bench import Bench


class Scores(Step):
    """Reads and keeps them. Nothing is measured, so a finished run can be given some."""

    name = SCORES
    version = 1
    section = "scores"
    preparation = SCORES

    def is_asked(self, study: Study) -> bool:
        """Whether there are files of scores."""
        return bool(study.scores.paths)

    def check(self, study: Study, held_out: "HeldOut") -> None:
        """Every file, whole."""
        from ticketscope.steps.scores import kept_scores

        if self.is_asked(study):
            kept_scores.given(study, held_out)
        elif study.scores.better:
            from ticketscope.errors import InputError

            raise InputError(
                "scores.better: is of no use without scores.paths; give a file of scores (--scores)"
            )

    def prepare(self, bench: "Bench") -> bool:
        """Read and keep them."""
        from ticketscope.steps.scores import kept_scores

        return kept_scores.prepare(bench)

    def remarks(self, bench: "Bench") -> Iterator[str]:
        """Which networks and sentences have none."""
        from ticketscope.steps.scores import kept_scores

        return kept_scores.remarks(bench)
