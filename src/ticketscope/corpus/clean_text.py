"""Training text that passed the first cleaning, in scratch files beside the corpus to be."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path

from ticketscope import files
from ticketscope.config import Cleaning
from ticketscope.corpus.cleaning import REASONS, Reason, TextFilter, seen_pairs
from ticketscope.corpus.kept_stages import Stages
from ticketscope.corpus.parallel import Pair, ParallelCorpus
from ticketscope.corpus.stored_texts import SIDES, ParallelText, text_file
from ticketscope.errors import InputError

Progress = Callable[[str], None]
REPORT_EVERY = 100_000
"""Pairs between two lines of progress."""
_STAGE = "text"


@dataclass(frozen=True)
class Counts:
    """What was read, and what did not pass.

    `text_sha256` is that of all that was read, as `line_of` writes it.
    """

    num_read: int
    left_out: Mapping[Reason, int]
    text_sha256: str

    @property
    def num_pairs(self) -> int:
        """Pairs that passed."""
        return self.num_read - sum(self.left_out.values())


@dataclass(frozen=True)
class CleanText:
    """Training pairs that passed the first cleaning, in scratch files in a folder."""

    folder: Path
    counts: Counts

    @property
    def num_pairs(self) -> int:
        """How many there are."""
        return self.counts.num_pairs

    def pairs(self) -> Iterator[Pair]:
        """All pairs in their order."""
        return zip(*(_texts(_lines(path)) for path in _places(self.folder)), strict=True)

    def sample(self, num_sentences: int) -> Iterator[str]:
        """At most so many sentences, evenly spaced, half of them from each side."""
        sides = zip(_places(self.folder), _halves(num_sentences), strict=True)
        return chain.from_iterable(
            _texts(_evenly(_lines(path), self.num_pairs, num)) for path, num in sides
        )

    def num_in_sample(self, num_sentences: int) -> int:
        """How many sentences `sample` gives."""
        return sum(min(num, self.num_pairs) for num in _halves(num_sentences))

    def remove(self) -> None:
        """Remove the scratch files."""
        for path in _places(self.folder):
            files.remove(path)


def kept_text(stages: Stages) -> CleanText | None:
    """The clean text that an earlier try has left, if it is whole."""
    content = stages.done(_STAGE)
    if content is None:
        return None
    counts = Counts(content["num_read"], content["left_out"], content["text_sha256"])
    return CleanText(stages.folder, counts)


def clean_text(
    corpus: ParallelCorpus,
    held_out: Mapping[str, ParallelText],
    settings: Cleaning,
    stages: Stages,
    progress: Progress,
) -> CleanText:
    """First cleaning: all that can be told from the text. Survivors go to scratch files."""
    folder = stages.folder
    left_out: Counter[Reason] = Counter()
    content = hashlib.sha256()
    num_read = 0
    with ExitStack() as stack:
        scratch = stack.enter_context(files.scratch_folder(folder))
        text_filter = TextFilter(
            settings=settings,
            drawn_sources=_sources(held_out, corpus.drawn_from_train),
            test_sources=_sources(held_out, held_out),
            seen=stack.enter_context(seen_pairs(scratch / "seen")),
        )
        partials = [stack.enter_context(files.appearing(path)) for path in _places(folder)]
        sides = [
            stack.enter_context(path.open("w", encoding="utf-8", newline="\n")) for path in partials
        ]
        for pair in corpus.train:
            num_read += 1
            content.update(line_of(pair))
            if reason := text_filter.reason(pair):
                left_out[reason] += 1
            else:
                for file, sentence in zip(sides, pair, strict=True):
                    file.write(f"{sentence}\n")
            if num_read % REPORT_EVERY == 0:
                progress(f"reading train: {num_read:,} pairs")
    if corpus.untranslated is not None:
        left_out["untranslated"] = corpus.untranslated["train"]
        num_read += left_out["untranslated"]
    counts = Counts(num_read, dict(left_out), content.hexdigest())
    refuse_empty(counts.num_pairs, num_read, left_out)
    stages.seal(_STAGE, asdict(counts), _places(folder))
    return CleanText(folder, counts)


def _places(folder: Path) -> tuple[Path, ...]:
    # No test set can be called train, so none has files of these names.
    return tuple(folder / text_file("train", side) for side in SIDES)


def _sources(held_out: Mapping[str, ParallelText], names: Iterable[str]) -> frozenset[str]:
    return frozenset(chain.from_iterable(held_out[name].source for name in names))


def line_of(pair: Pair) -> bytes:
    """What the digest of a text is taken of."""
    return f"{pair[0]}\n{pair[1]}\n".encode()


def refuse_empty(num_pairs: int, num_read: int, left_out: Mapping[Reason, int]) -> None:
    """Raise `InputError` where no pair of those read is left."""
    if not num_pairs:
        counts = ", ".join(f"{number:,} {reason}" for reason, number in of_all(left_out).items())
        raise InputError(
            f"no training pair is left of the {num_read:,} read ({counts}); "
            "see the settings under corpus.cleaning"
        )


def of_all(left_out: Mapping[Reason, int]) -> dict[Reason, int]:
    """A number for every reason that can be one here."""
    possible = (reason for reason in REASONS if reason != "untranslated" or reason in left_out)
    return {reason: left_out.get(reason, 0) for reason in possible}


# ----------------------------------------------------------------------------- a sample


def _halves(num: int) -> tuple[int, int]:
    return (num + 1) // 2, num // 2


def _lines(path: Path) -> Iterator[bytes]:
    """Lines as they lie in the file. The blocks that a text file decodes would come and go between
    the sentences that SentencePiece keeps, and leave holes in memory as large as the sample."""
    with path.open("rb") as file:
        yield from file


def _texts(lines: Iterable[bytes]) -> Iterator[str]:
    for line in lines:
        yield line.removesuffix(b"\n").decode()


def _evenly(lines: Iterable[bytes], num_lines: int, num_wanted: int) -> Iterator[bytes]:
    for number, line in enumerate(lines):
        if number * num_wanted % num_lines < num_wanted:
            yield line
