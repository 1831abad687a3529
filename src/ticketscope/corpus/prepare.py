"""From parallel text to an encoded corpus: read, clean, train the vocabulary, encode once.

Nothing here holds the training data in memory: what survives the first cleaning lies in a scratch
file, of which the vocabulary gets an even sample and which is then encoded in blocks.
"""

import hashlib
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any

from ticketscope import files
from ticketscope.config import Cleaning, Experiment
from ticketscope.corpus.cleaning import REASONS, Reason, TextFilter, pieces_reason, seen_pairs
from ticketscope.corpus.encoded import MODEL, NETWORK, EncodedCorpus, write_split
from ticketscope.corpus.made_from import (
    check_unchanged,
    digests_of,
    files_of_network,
    places_of,
    settings_of,
)
from ticketscope.corpus.parallel import (
    VALIDATION,
    Pair,
    ParallelCorpus,
    open_corpus,
)
from ticketscope.corpus.stored_texts import REPORT, SIDES, ParallelText, text_file
from ticketscope.errors import InputError
from ticketscope.runs import seals
from ticketscope.text.tokenizer import Tokenizer
from ticketscope.text.vocabulary import Vocabulary, train_sentencepiece

_BLOCK = 2_000  # pairs encoded at a time
_REPORT_EVERY = 100_000  # pairs between two lines of progress

Progress = Callable[[str], None]


def prepare(
    experiment: Experiment, folder: Path, progress: Progress, given: Tokenizer | None = None
) -> None:
    """Make the encoded corpus of an experiment in `folder`; finished and unchanged, do nothing.

    `given`: the tokenizer of a pretrained network, whose files are kept beside the corpus.

    A finished folder is checked: its files against their checksums, its settings against those of
    `experiment`, and the input files, as far as they still are where the settings say, against
    the checksums they had. Without them (another machine) the encoded corpus is good enough.

    Raises `InputError` for bad input, for other settings and for inputs that changed, `JobError`
    for a damaged folder and a full disk.
    """
    if (folder / REPORT).exists():
        progress("checking the encoded corpus")
        check_unchanged(experiment, folder)
        EncodedCorpus(folder).verify()
        return
    if experiment.vocabulary.model:  # refuse what is none before hours of reading
        Vocabulary(Path(experiment.vocabulary.model), experiment.model.norm)
    inputs = digests_of(places_of(experiment))
    corpus = open_corpus(experiment.corpus)
    with files.folder_appearing(folder) as unfinished:
        held_out = _write_held_out_text(corpus, unfinished, progress)
        train = _clean_text(corpus, held_out, experiment.corpus.cleaning, unfinished, progress)
        if given:
            tokenizer = given
            _keep_network(Path(experiment.model.pretrained), unfinished / NETWORK)
        else:
            tokenizer = _vocabulary(experiment, train, unfinished / MODEL, progress).tokenizer()
        splits = {"train": _encode_train(train, experiment, tokenizer, unfinished, progress)}
        for name, text in held_out.items():
            splits[name] = _encode_held_out(name, text, corpus, tokenizer, unfinished)
        train.remove()
        report = {
            "settings": settings_of(experiment),
            "inputs": inputs,
            "vocabulary": {
                "sha256": given.digest if given else files.sha256(unfinished / MODEL),
                "size": num_rows(tokenizer),
                "trained_on": None if given else _trained_on(experiment, train),
            },
            "test_sets": list(held_out)[1:],
            "splits": splits,
        }
        kept = (path for path in unfinished.rglob("*") if path.is_file())
        seals.write_sealed(unfinished / REPORT, report, kept)


def num_rows(tokenizer: Tokenizer) -> int:
    """Of the larger side."""
    return max(len(tokenizer.source.names), len(tokenizer.target.names))


def _keep_network(pretrained: Path, folder: Path) -> None:
    """Keep the files beside the weights: a run reads them when the directory may have gone."""
    folder.mkdir()
    for path in files_of_network(pretrained):
        if path.suffix != ".safetensors" and not path.name.endswith(".index.json"):
            shutil.copyfile(path, folder / path.name)


# ----------------------------------------------------------------------------- text


@dataclass(frozen=True)
class _CleanText:
    """Training pairs that passed the first cleaning, in scratch files, and what did not pass."""

    source: Path
    target: Path
    num_pairs: int
    num_read: int
    left_out: Counter[Reason]
    sha256: str

    def pairs(self) -> Iterator[Pair]:
        return zip(_texts(_lines(self.source)), _texts(_lines(self.target)), strict=True)

    def sample(self, num_sentences: int) -> Iterator[str]:
        """At most so many sentences, evenly spaced, half of them from each side."""
        sides = zip((self.source, self.target), _halves(num_sentences), strict=True)
        return chain.from_iterable(
            _texts(_evenly(_lines(path), self.num_pairs, num)) for path, num in sides
        )

    def num_in_sample(self, num_sentences: int) -> int:
        """How many sentences `sample` gives."""
        return sum(min(num, self.num_pairs) for num in _halves(num_sentences))

    def remove(self) -> None:
        self.source.unlink()
        self.target.unlink()


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


class HeldOutStreams:
    """Held-out sets from their streams, each read when it is first asked for."""

    def __init__(self, streams: Mapping[str, Iterable[Pair]]) -> None:
        self._streams = streams
        self._texts: dict[str, ParallelText] = {}

    @property
    def test_sets(self) -> tuple[str, ...]:
        """Names of the test sets, in the order of the config."""
        return tuple(name for name in self._streams if name != VALIDATION)

    @property
    def names(self) -> tuple[str, ...]:
        """As of `HeldOut`."""
        return (*self.test_sets, *({VALIDATION} & self._streams.keys()))

    def text(self, name: str) -> ParallelText:
        """The raw text of "validation" or a test set.

        Raises `InputError` for what is wrong in its files, and where there is no pair in it.
        """
        if name not in self._texts:
            pairs = tuple(self._streams[name])
            if all(not (source and target) for source, target in pairs):
                raise InputError(f"the {name} split has no pair of sentences, only empty lines")
            self._texts[name] = ParallelText(*zip(*pairs, strict=True))
        return self._texts[name]


def _write_held_out_text(
    corpus: ParallelCorpus, folder: Path, progress: Progress
) -> dict[str, ParallelText]:
    held_out, texts = HeldOutStreams(corpus.held_out), {}
    for name in corpus.held_out:
        progress(f"reading {name}")
        texts[name] = held_out.text(name)
        for side, sentences in zip(SIDES, (texts[name].source, texts[name].target), strict=True):
            text = "".join(f"{sentence}\n" for sentence in sentences)
            files.write_text(folder / text_file(name, side), text)
    return texts


def _clean_text(
    corpus: ParallelCorpus,
    held_out: Mapping[str, ParallelText],
    settings: Cleaning,
    folder: Path,
    progress: Progress,
) -> _CleanText:
    """First cleaning: all that can be told from the text. Survivors go to scratch files."""
    # No test set can be called train, so none has files of these names.
    source_file, target_file = (folder / text_file("train", side) for side in SIDES)
    left_out: Counter[Reason] = Counter()
    content = hashlib.sha256()
    num_read = 0
    with ExitStack() as stack:
        text_filter = TextFilter(
            settings=settings,
            drawn_sources=_sources(held_out, corpus.drawn_from_train),
            test_sources=_sources(held_out, held_out),
            seen=stack.enter_context(seen_pairs(folder / "train.seen")),
        )
        sides = [
            stack.enter_context(path.open("w", encoding="utf-8", newline="\n"))
            for path in (source_file, target_file)
        ]
        for pair in corpus.train:
            num_read += 1
            content.update(_line(pair))
            if reason := text_filter.reason(pair):
                left_out[reason] += 1
            else:
                for file, sentence in zip(sides, pair, strict=True):
                    file.write(f"{sentence}\n")
            if num_read % _REPORT_EVERY == 0:
                progress(f"reading train: {num_read:,} pairs")
    if corpus.untranslated is not None:
        left_out["untranslated"] = corpus.untranslated["train"]
        num_read += left_out["untranslated"]
    num_pairs = num_read - left_out.total()
    _refuse_empty(num_pairs, num_read, left_out)
    return _CleanText(
        source_file, target_file, num_pairs, num_read, left_out, sha256=content.hexdigest()
    )


def _sources(held_out: Mapping[str, ParallelText], names: Iterable[str]) -> frozenset[str]:
    return frozenset(chain.from_iterable(held_out[name].source for name in names))


def _line(pair: Pair) -> bytes:
    return f"{pair[0]}\n{pair[1]}\n".encode()


def _refuse_empty(num_pairs: int, num_read: int, left_out: Mapping[Reason, int]) -> None:
    if not num_pairs:
        counts = ", ".join(f"{number:,} {reason}" for reason, number in _counts(left_out).items())
        raise InputError(
            f"no training pair is left of the {num_read:,} read ({counts}); "
            "see the settings under corpus.cleaning"
        )


def _counts(left_out: Mapping[Reason, int]) -> dict[Reason, int]:
    """A number for every reason that can be one here."""
    possible = (reason for reason in REASONS if reason != "untranslated" or reason in left_out)
    return {reason: left_out.get(reason, 0) for reason in possible}


# ----------------------------------------------------------------------------- pieces


def _vocabulary(
    experiment: Experiment, train: _CleanText, path: Path, progress: Progress
) -> Vocabulary:
    settings, norm = experiment.vocabulary, experiment.model.norm
    if settings.model:
        with files.appearing(path) as partial:
            partial.write_bytes(Path(settings.model).read_bytes())
    else:
        progress("training the vocabulary")
        train_sentencepiece(train.sample(settings.sample_size), settings, norm, path)
    return Vocabulary(path, norm)


def _trained_on(experiment: Experiment, train: _CleanText) -> dict[str, int] | None:
    """Sentences that trained the vocabulary, of how many; None for one that was given."""
    settings = experiment.vocabulary
    if settings.model:
        return None
    return {
        "num_sentences": train.num_in_sample(settings.sample_size),
        "of": len(SIDES) * train.num_pairs,
    }


def _encode_train(
    train: _CleanText,
    experiment: Experiment,
    tokenizer: Tokenizer,
    folder: Path,
    progress: Progress,
) -> dict[str, Any]:
    """Second cleaning, by the number of pieces, and encoding."""
    left_out = train.left_out.copy()

    def kept() -> Iterator[tuple[list[int], list[int]]]:
        for number, (source, target) in enumerate(_encoded(train.pairs(), tokenizer), start=1):
            if number % _REPORT_EVERY == 0:
                progress(f"encoding train: {number:,} of {train.num_pairs:,} pairs")
            reason = pieces_reason(len(source), len(target), experiment.corpus.cleaning)
            if reason:
                left_out[reason] += 1
            else:
                yield source, target

    size = write_split(folder, "train", kept(), num_rows(tokenizer))
    _refuse_empty(size.num_pairs, train.num_read, left_out)
    assert size.num_pairs + left_out.total() == train.num_read
    return {
        "num_read": train.num_read,
        "left_out": _counts(left_out),
        "num_empty": 0,
        **asdict(size),
        "text_sha256": train.sha256,
    }


def _encode_held_out(
    name: str, text: ParallelText, corpus: ParallelCorpus, tokenizer: Tokenizer, folder: Path
) -> dict[str, Any]:
    pairs = list(zip(text.source, text.target, strict=True))
    untranslated = corpus.untranslated
    left_out = {} if untranslated is None else {"untranslated": untranslated[name]}
    size = write_split(folder, name, _encoded(pairs, tokenizer), num_rows(tokenizer))
    return {
        "num_read": len(pairs) + sum(left_out.values()),
        "left_out": left_out,
        "num_empty": sum(not (source and target) for source, target in pairs),
        **asdict(size),
        "text_sha256": hashlib.sha256(b"".join(map(_line, pairs))).hexdigest(),
    }


def _encoded(pairs: Iterable[Pair], tokenizer: Tokenizer) -> Iterator[tuple[list[int], list[int]]]:
    stream = iter(pairs)
    while block := list(islice(stream, _BLOCK)):
        sources, targets = zip(*block, strict=True)
        read, said = tokenizer.source.encode(sources), tokenizer.target.encode(targets)
        yield from zip(read, said, strict=True)
