"""What a stopped preparation leaves to the next try: stages that are whole."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ticketscope import files
from ticketscope.runs import seals

_MADE_FROM: Final = "made_from"


@dataclass(frozen=True)
class Stages:
    """The stages of making a corpus, each with a seal in the folder of its files.

    Args:
        folder: where the corpus is being made.
        made_from: digest of all that decides its bytes. A stage that was made from anything else is
            not believed.
    """

    folder: Path
    made_from: str

    def done(self, stage: str) -> dict[str, Any] | None:
        """What `seal` kept of a stage whose files are what they were then; else None."""
        try:
            content = seals.verify(self._seal(stage), mend="")
        except seals.DamagedError:
            return None
        return content if content[_MADE_FROM] == self.made_from else None

    def seal(self, stage: str, content: Mapping[str, Any], of: Iterable[Path]) -> None:
        """Keep what is to be known of a stage, and the checksums of its files."""
        seals.write_sealed(self._seal(stage), {**content, _MADE_FROM: self.made_from}, of)

    def remove(self) -> None:
        """Remove all seals, and nothing else."""
        for path in self.folder.glob(self._seal("*").name):
            files.remove(path)

    def _seal(self, stage: str) -> Path:
        # No file of a corpus has such a name: those of a test set end in .txt or .npy.
        return self.folder / f"train.{stage}.json"
