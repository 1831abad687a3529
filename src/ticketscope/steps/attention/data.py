"""The sentences that heads are compared and described on, and what gold data say of their words."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import islice
from pathlib import Path
from typing import TypeVar

from ticketscope.annotation.alignment import Alignment, from_pharaoh
from ticketscope.annotation.gold_files import units_at
from ticketscope.annotation.sentence import AnnotatedSentence, Span
from ticketscope.config import Attention, GrammarCorpus, Study, digest
from ticketscope.corpus import grammar
from ticketscope.corpus.parallel import VALIDATION
from ticketscope.corpus.stored_texts import HeldOut
from ticketscope.errors import InputError
from ticketscope.networks.trace import raw_words
from ticketscope.steps.bench import Bench
from ticketscope.steps.held_out import check_names
from ticketscope.text.lines import text_lines
from ticketscope.text.words import RawSentence, join_words

Links = tuple[tuple[int, tuple[int, ...]], ...]
"""Words, and for each the words that gold data link it with."""


@dataclass(frozen=True)
class Pair:
    """A held-out source and its translation; words are what blanks separate."""

    source: RawSentence
    target: RawSentence


@dataclass(frozen=True)
class GoldSentence:
    """A source with what is known of it; a layer that was not annotated is None.

    Args:
        syntax: each word but the root with its syntactic head.
        coreference: the head word of each mention with the words of other mentions of its entity.
        target, alignment: the translation and the words of either side that belong together.
    """

    source: RawSentence
    syntax: Links | None = None
    coreference: Links | None = None
    target: RawSentence | None = None
    alignment: Alignment | None = None


# ----------------------------------------------------------------------------- held-out pairs


def check_sentences(corpus: HeldOut, settings: Attention) -> None:
    """Raise `InputError` for what is no held-out set, and for gold files that are not there."""
    check_names("attention.sentences", settings.sentences, corpus)
    for key in ("syntax", "coreference", "alignments"):
        path = getattr(settings, key)
        if path and not Path(path).is_file():
            raise InputError(f"attention.{key}: {path}: no such file; name one that is there")


def held_out_pairs(corpus: HeldOut, settings: Attention) -> list[Pair]:
    """The first pairs of the sets asked for, until they have enough source words."""
    check_sentences(corpus, settings)
    texts = (
        pair
        for name in settings.sentences
        for pair in zip(corpus.text(name).source, corpus.text(name).target, strict=True)
    )
    pairs = (Pair(raw_words(source), raw_words(target)) for source, target in texts)
    return list(_first_words(pairs, settings.num_words))


def pairs_of(bench: Bench) -> list[Pair]:
    """`held_out_pairs` of a run."""
    return held_out_pairs(bench.held_out, bench.study.attention)


# ----------------------------------------------------------------------------- gold data


@dataclass(frozen=True)
class Gold:
    """Gold data, and in words what they are or why there are none. The words name a file but not
    its folder, which may be private."""

    sentences: tuple[GoldSentence, ...]
    notes: tuple[str, ...]

    def digest(self) -> str:
        """Of all that figures depend on."""
        return digest([repr(sentence) for sentence in self.sentences])


def gold_data(corpus: HeldOut, study: Study) -> Gold:
    """Gold data of the corpus itself or of files.

    Raises `InputError` with file and line for anything malformed.
    """
    settings = study.attention
    check_sentences(corpus, settings)
    sentences: list[GoldSentence] = []
    notes: list[str] = []
    if study.grammar:
        of_grammar = _of_grammar(study.grammar, settings.num_words)
        if _are_in(corpus, of_grammar):
            sentences += of_grammar
            notes.append("syntax, coreference and alignments of the embedded grammar")
        else:
            notes.append(
                "none of the embedded grammar, since the corpus of this run was made by another "
                "version of it"
            )
    of_files = gold_of_files(corpus, settings)
    return Gold((*sentences, *of_files.sentences), (*notes, *of_files.notes))


def gold_of(bench: Bench) -> Gold:
    """`gold_data` of a run."""
    return gold_data(bench.held_out, bench.study)


def gold_of_files(corpus: HeldOut, settings: Attention) -> Gold:
    """Gold data of files.

    Raises `InputError` with file and line for anything malformed.
    """
    sentences: list[GoldSentence] = []
    notes: list[str] = []
    readers: dict[str, Callable[[Path], Iterator[GoldSentence]]] = {
        "syntax": _with_syntax,
        "coreference": _with_coreference,
        "alignments": partial(_aligned, corpus, settings.sentences[0]),
    }
    for key, read in readers.items():
        path = Path(getattr(settings, key))
        if path.name:
            sentences += _first_words(read(path), settings.num_words)
            notes.append(f"{key} of {path.name}")
    return Gold(tuple(sentences), tuple(notes))


@cache
def _of_grammar(corpus: GrammarCorpus, num_words: int) -> tuple[GoldSentence, ...]:
    """The same for all networks of a run, so that a worker makes them once."""
    pairs = grammar.aligned_pairs("validation", corpus.num_validation, corpus.seed)
    return tuple(_first_words(map(_of_pair, pairs), num_words))


def _are_in(corpus: HeldOut, found: Sequence[GoldSentence]) -> bool:
    """Whether these are the first validation pairs of the corpus."""
    text = corpus.text(VALIDATION)
    pairs = zip(text.source, text.target, strict=True)
    return [(one.source.text, one.target and one.target.text) for one in found] == list(
        islice(pairs, len(found))
    )


def _of_pair(pair: grammar.AlignedPair) -> GoldSentence:
    gold = pair.gold
    return GoldSentence(
        source=join_words(gold.words, gold.space_after),
        syntax=_heads(gold),
        coreference=_coreferent(gold, gold.mentions or ()),
        target=pair.german_words,
        alignment=pair.alignment,
    )


def _with_syntax(path: Path) -> Iterator[GoldSentence]:
    for _, unit in units_at([path], "conllu", None):
        assert isinstance(unit, AnnotatedSentence)
        unit.check("heads")
        if unit.heads is not None:
            yield GoldSentence(join_words(unit.words, unit.space_after), syntax=_heads(unit))


def _with_coreference(path: Path) -> Iterator[GoldSentence]:
    """A document sentence by sentence, since the network reads them so: links inside one only."""
    for _, unit in units_at([path], "conll2012", None):
        if isinstance(unit, AnnotatedSentence) and unit.mentions is not None:
            ends = (*unit.sentence_starts[1:], len(unit.words))
            for start, end in zip(unit.sentence_starts, ends, strict=True):
                mentions = [
                    Span(span.start - start, span.end - start, span.label)
                    for span in unit.mentions
                    if start <= span.start and span.end <= end
                ]
                spaces = unit.space_after and unit.space_after[start:end]
                source = join_words(unit.words[start:end], spaces)
                yield GoldSentence(source, coreference=_coreferent(None, mentions))


def _aligned(corpus: HeldOut, name: str, path: Path) -> Iterator[GoldSentence]:
    text = corpus.text(name)
    lines = list(text_lines(path))
    if len(lines) != len(text.source):
        raise InputError(
            f"{path}: {len(lines)} lines for the {len(text.source)} pairs of "
            f"{name}; give one line per pair, in their order"
        )
    for number, (line, source, target) in enumerate(
        zip(lines, text.source, text.target, strict=True), start=1
    ):
        pair = Pair(raw_words(source), raw_words(target))
        place = f"{path}:{number}"
        alignment = from_pharaoh(line, len(pair.source.spans), len(pair.target.spans), place)
        yield GoldSentence(pair.source, target=pair.target, alignment=alignment)


def _heads(sentence: AnnotatedSentence) -> Links:
    assert sentence.heads is not None
    return tuple((word, (head,)) for word, head in enumerate(sentence.heads) if head >= 0)


def _coreferent(sentence: AnnotatedSentence | None, mentions: Sequence[Span]) -> Links:
    """Each mention by its head word, with all words of the other mentions of its entity."""
    links = {}
    for mention in mentions:
        others = tuple(
            word
            for other in mentions
            if other.label == mention.label
            and (other.end <= mention.start or mention.end <= other.start)
            for word in range(other.start, other.end)
        )
        if others:
            links[_head_word(sentence, mention)] = tuple(sorted(set(others)))
    return tuple(sorted(links.items()))


def _head_word(sentence: AnnotatedSentence | None, mention: Span) -> int:
    """The word whose syntactic head lies outside; where no syntax is known, the last one."""
    inside = range(mention.start, mention.end)
    if sentence and sentence.heads is not None:
        return next(word for word in inside if sentence.heads[word] not in inside)
    return inside[-1]


_T = TypeVar("_T", Pair, GoldSentence)


def _first_words(found: Iterable[_T], num_words: int) -> Iterator[_T]:
    taken = 0
    for sentence in found:
        if taken >= num_words:
            return
        taken += len(sentence.source.spans)
        yield sentence
