"""The words that are measured class by class, and where their classes come from.

Parts of speech, relations to the syntactic head and semantic tags are gold data: those of the
embedded grammar for its own validation sentences, else the test splits of what the probes are
asked. How frequent a word is, the training corpus of the run tells.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, chain
from typing import Any, Final

from ticketscope.annotation.sentence import AnnotatedSentence
from ticketscope.annotation.tasks import TASKS, Task
from ticketscope.config import GrammarCorpus, digest
from ticketscope.config.analysis import WordKind
from ticketscope.corpus import grammar
from ticketscope.corpus.encoded import EncodedCorpus
from ticketscope.corpus.parallel import VALIDATION
from ticketscope.corpus.stored_texts import corpus_digest
from ticketscope.steps.bench import Bench
from ticketscope.steps.held_out import sentences
from ticketscope.steps.probes.data import ProbeData, load
from ticketscope.steps.training_words import counted_in_training
from ticketscope.text.words import RawSentence, join_words

Classes = tuple[str | None, ...]
"""The class of every word, sentence by sentence; None for a word of none."""

_TASKS: Final[Mapping[WordKind, Task]] = {
    "part_of_speech": TASKS["pos"],
    "dependency": TASKS["dependency_labels"],
    "semantic_tag": TASKS["semantic_tags"],
}
"""The tasks of the probes whose labels are classes of single words."""
_WORD: Final = re.compile(r"\w+|[^\w\s]")
_VERSION_OF_COUNTS: Final = 1
_PER_MILLION: Final = (10, 100, 1_000, 10_000)
UNSEEN: Final = "unseen"
FREQUENCIES: Final = (
    UNSEEN,
    "under 10 per million",
    "10 to 100 per million",
    "100 to 1,000 per million",
    "1,000 to 10,000 per million",
    "10,000 per million and more",
)
"""Classes of words by how frequent they are in training, rarest first."""


@dataclass(frozen=True)
class Sample:
    """Sentences, and of each kind the class of every word; `origin` says in words what they are."""

    origin: str
    sentences: tuple[RawSentence, ...]
    classes: Mapping[WordKind, Classes]


def samples(bench: Bench) -> list[Sample]:
    """The sentences to measure on, with the kinds of classes that are asked for and known."""
    kinds = bench.study.word_classes.kinds
    found = []
    if "frequency" in kinds and bench.training:
        found.append(_by_frequency(bench, bench.training))
    of_gold = [kind for kind in _TASKS if kind in kinds]
    if of_gold and (gold := bench.once(_of_grammar)):
        found.append(_annotated(gold, of_gold))
    elif of_gold and bench.study.probing.is_asked:
        found.append(_probed(load(bench.run), of_gold))
    return [sample for sample in found if sample.classes]


def identity(bench: Bench) -> dict[str, str]:
    """Digests of all that `samples` depend on, without making them."""
    sources, _ = bench.once(sentences)
    texts = [source.text for source in sources]
    gold: list[Any] = [
        [one.words, one.space_after, one.xpos, one.relations, one.semantic_tags]
        for one in bench.once(_of_grammar)
    ]
    if not gold and bench.study.probing.is_asked:
        data = load(bench.run)
        gold = [data.about(task)["digest"] for task in _tasks(data).values()]
    return {
        "words": digest(texts),
        "training": corpus_digest(bench.held_out.report),
        "gold": digest(gold),
    }


# ----------------------------------------------------------------------------- gold data


def _of_grammar(bench: Bench) -> tuple[AnnotatedSentence, ...]:
    """The first validation sentences of a corpus of the grammar with all that is known of them;
    none of another corpus, or where another version of the grammar made it."""
    settings = bench.study.grammar
    if settings is None:
        return ()
    gold = _first(settings, bench.study.representations.num_words)
    texts = bench.held_out.text(VALIDATION).source[: len(gold)]
    return gold if tuple(_raw(sentence).text for sentence in gold) == texts else ()


@cache
def _first(settings: GrammarCorpus, num_words: int) -> tuple[AnnotatedSentence, ...]:
    """The same for all networks of a run, so that a worker makes them once."""
    found: list[AnnotatedSentence] = []
    taken = 0
    for pair in grammar.aligned_pairs("validation", settings.num_validation, settings.seed):
        if taken >= num_words:
            break
        found.append(pair.gold)
        taken += len(pair.gold.words)
    return tuple(found)


def _raw(sentence: AnnotatedSentence) -> RawSentence:
    return join_words(sentence.words, sentence.space_after)


def _annotated(gold: Sequence[AnnotatedSentence], kinds: Sequence[WordKind]) -> Sample:
    return Sample(
        "validation sentences of the embedded grammar with its own annotation",
        tuple(map(_raw, gold)),
        {
            kind: tuple(label for sentence in gold for label in _labels(sentence, kind))
            for kind in kinds
        },
    )


def _labels(sentence: AnnotatedSentence, kind: WordKind) -> tuple[str, ...]:
    """The grammar knows every layer of all its sentences."""
    labels = {
        "part_of_speech": sentence.xpos,
        "dependency": sentence.relations,
        "semantic_tag": sentence.semantic_tags,
    }[kind]
    assert labels is not None
    return labels


def _tasks(data: ProbeData) -> dict[WordKind, Task]:
    """The kinds that there are gold data for, and their tasks."""
    return {kind: task for kind, task in _TASKS.items() if task in data.tasks}


def _probed(data: ProbeData, kinds: Sequence[WordKind]) -> Sample:
    """The sentences of the test splits; a word that a task does not ask for has no class there."""
    everything = data.sentences()
    starts = [0, *accumulate(len(sentence.spans) for sentence in everything)]
    labels: dict[WordKind, dict[int, str]] = {}
    for kind, task in _tasks(data).items():
        if kind in kinds:
            items = data.items(task)
            assert items.labels is not None
            test = items.splits["test"]
            words, gold = test.first[:, 0].tolist(), test.gold.tolist()
            labels[kind] = {
                word: items.labels[label] for word, label in zip(words, gold, strict=True)
            }
    words = {word for of_kind in labels.values() for word in of_kind}
    used = sorted({bisect_right(starts, word) - 1 for word in words})
    places = [word for number in used for word in range(starts[number], starts[number + 1])]
    return Sample(
        "test sentences of the probes' gold data",
        tuple(everything[number] for number in used),
        {kind: tuple(map(of_kind.get, places)) for kind, of_kind in labels.items()},
    )


# ----------------------------------------------------------------------------- frequency


def _by_frequency(bench: Bench, training: EncodedCorpus) -> Sample:
    """The held-out sentences that all representations are measured on."""
    sources, _ = bench.once(sentences)
    texts = [source.text for source in sources]
    raw = [RawSentence(text, tuple(word.span() for word in _WORD.finditer(text))) for text in texts]
    words_of_texts = [words_in(text) for text in texts]
    counts, total = counted_in_training(
        bench,
        training,
        "source",
        set(chain.from_iterable(words_of_texts)),
        words_in,
        version=_VERSION_OF_COUNTS,
    )
    return Sample(
        "held-out sentences, their words counted in the training corpus",
        tuple(raw),
        {
            "frequency": tuple(
                frequency_class(counts[word], total) for words in words_of_texts for word in words
            )
        },
    )


def words_in(text: str) -> list[str]:
    """Runs of letters and digits, and every other visible character by itself; case is folded."""
    return [unicodedata.normalize("NFKC", word).casefold() for word in _WORD.findall(text)]


def frequency_class(count: int, total: int) -> str:
    """Which of `FREQUENCIES` a word is in, by how often it comes among so many words."""
    if not count:
        return UNSEEN
    return FREQUENCIES[1 + bisect_right(_PER_MILLION, count * 1_000_000 / total)]
