"""From parallel text to an encoded corpus: read, clean, train the vocabulary, encode once.

Nothing here holds the training data in memory: what survives the first cleaning lies in a scratch
file, of which the vocabulary gets an even sample and which is then encoded in blocks. What is made
lies in a folder that a stop leaves, sealed stage by stage, so that the next try goes on there.
"""

import hashlib
import shutil
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from ticketscope import config, files
from ticketscope.config import Experiment
from ticketscope.corpus.clean_text import (
    CleanText,
    Progress,
    clean_text,
    kept_text,
    line_of,
    of_all,
    refuse_empty,
)
from ticketscope.corpus.encoded import MODEL, NETWORK, EncodedCorpus, write_split
from ticketscope.corpus.encoding import encode_train, encoded, num_rows
from ticketscope.corpus.kept_stages import Stages
from ticketscope.corpus.made_from import (
    check_unchanged,
    check_untouched,
    digests_of,
    files_of_network,
    places_of,
    settings_of,
)
from ticketscope.corpus.parallel import VALIDATION, Pair, ParallelCorpus, open_corpus
from ticketscope.corpus.stored_texts import REPORT, SIDES, ParallelText, text_file
from ticketscope.errors import InputError
from ticketscope.runs import seals
from ticketscope.text.tokenizer import Tokenizer
from ticketscope.text.vocabulary import Vocabulary, train_sentencepiece

_ENCODED_BY: Final = ("ticketscope", "sentencepiece", "tokenizers")
"""What of other versions may cut text into other pieces."""


def prepare(
    experiment: Experiment,
    folder: Path,
    progress: Progress,
    given: Tokenizer | None = None,
    threads: int = 1,
) -> None:
    """Make the encoded corpus of an experiment in `folder`; finished and unchanged, do nothing.

    Args:
        experiment: says which corpus.
        folder: where it shall be. While it is made it has a temporary name, which stays when the
            work is stopped: the next try goes on with what is whole there.
        progress: is told what is being done.
        given: the tokenizer of a pretrained network, whose files are kept beside the corpus.
        threads: how many of them encode; the bytes are the same.

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
    with files.folder_growing(folder) as unfinished:
        stages = Stages(unfinished, _decides(experiment, inputs, given))
        train = kept_text(stages)
        if train:
            progress(f"going on with {train.num_pairs:,} clean pairs of an earlier try")
        else:  # then nothing else is of any use
            files.empty(unfinished)
        held_out = _write_held_out_text(corpus, unfinished, progress)
        if train is None:
            train = clean_text(corpus, held_out, experiment.corpus.cleaning, stages, progress)
            check_untouched(experiment, inputs)
        if given:
            tokenizer = given
            _keep_network(Path(experiment.model.pretrained), unfinished / NETWORK)
        else:
            tokenizer = _vocabulary(experiment, train, stages, progress).tokenizer()
        splits = {"train": _encode_train(train, experiment, tokenizer, stages, threads, progress)}
        for name, text in held_out.items():
            splits[name] = _encode_held_out(name, text, corpus, tokenizer, unfinished)
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
        train.remove()
        stages.remove()
        kept = (
            path
            for path in unfinished.rglob("*")
            if path.is_file() and not files.unfinished(path.name)
        )
        seals.write_sealed(unfinished / REPORT, report, kept)


def _decides(
    experiment: Experiment, inputs: Mapping[str, Mapping[str, str]], given: Tokenizer | None
) -> str:
    """Digest of all that decides the bytes of a corpus."""
    return config.digest(
        {
            "settings": settings_of(experiment),
            "inputs": {part: found["sha256"] for part, found in inputs.items()},
            "tokenizer": given.digest if given else None,
            "versions": {name: metadata.version(name) for name in _ENCODED_BY},
        }
    )


def _keep_network(pretrained: Path, folder: Path) -> None:
    """Keep the files beside the weights: a run reads them when the directory may have gone."""
    folder.mkdir(exist_ok=True)
    for path in files_of_network(pretrained):
        if path.suffix != ".safetensors" and not path.name.endswith(".index.json"):
            shutil.copyfile(path, folder / path.name)


# ----------------------------------------------------------------------------- held-out text


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


# ----------------------------------------------------------------------------- pieces


def _vocabulary(
    experiment: Experiment, train: CleanText, stages: Stages, progress: Progress
) -> Vocabulary:
    settings, norm, path = experiment.vocabulary, experiment.model.norm, stages.folder / MODEL
    if settings.model:
        with files.appearing(path) as partial:
            partial.write_bytes(Path(settings.model).read_bytes())
    elif stages.done("vocabulary") is None:
        progress("training the vocabulary")
        train_sentencepiece(train.sample(settings.sample_size), settings, norm, path)
        stages.seal("vocabulary", {}, [path])
    return Vocabulary(path, norm)


def _trained_on(experiment: Experiment, train: CleanText) -> dict[str, int] | None:
    """Sentences that trained the vocabulary, of how many; None for one that was given."""
    settings = experiment.vocabulary
    if settings.model:
        return None
    return {
        "num_sentences": train.num_in_sample(settings.sample_size),
        "of": len(SIDES) * train.num_pairs,
    }


def _encode_train(
    train: CleanText,
    experiment: Experiment,
    tokenizer: Tokenizer,
    stages: Stages,
    threads: int,
    progress: Progress,
) -> dict[str, Any]:
    cleaning, counts = experiment.corpus.cleaning, train.counts
    size, found = encode_train(train, tokenizer, cleaning, stages, threads, progress)
    left_out = Counter(counts.left_out)
    left_out.update(found)  # unlike a sum it keeps what is none
    refuse_empty(size.num_pairs, counts.num_read, left_out)
    assert size.num_pairs + left_out.total() == counts.num_read
    return {
        "num_read": counts.num_read,
        "left_out": of_all(left_out),
        "num_empty": 0,
        **asdict(size),
        "text_sha256": counts.text_sha256,
    }


def _encode_held_out(
    name: str, text: ParallelText, corpus: ParallelCorpus, tokenizer: Tokenizer, folder: Path
) -> dict[str, Any]:
    pairs = list(zip(text.source, text.target, strict=True))
    untranslated = corpus.untranslated
    left_out = {} if untranslated is None else {"untranslated": untranslated[name]}
    size = write_split(folder, name, encoded(pairs, tokenizer), num_rows(tokenizer))
    return {
        "num_read": len(pairs) + sum(left_out.values()),
        "left_out": left_out,
        "num_empty": sum(not (source and target) for source, target in pairs),
        **asdict(size),
        "text_sha256": hashlib.sha256(b"".join(map(line_of, pairs))).hexdigest(),
    }
