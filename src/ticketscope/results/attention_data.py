"""The sentences that heads are compared and described on, and what gold data say of their words."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from ticketscope.annotation.alignment import Alignment, from_pharaoh
from ticketscope.annotation.gold_files import units_at
from ticketscope.annotation.sentence import AnnotatedSentence, Span
from ticketscope.config import Attention, Experiment
from ticketscope.corpus import grammar
from ticketscope.corpus.encoded import EncodedCorpus
from ticketscope.corpus.parallel import VALIDATION
from ticketscope.errors import InputError
from ticketscope.files import sha256
from ticketscope.lines import text_lines
from ticketscope.trace import raw_words
from ticketscope.words import RawSentence, join_words

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


def check_sentences(corpus: EncodedCorpus, settings: Attention) -> None:
    """Raise `InputError` for what is no held-out set, and for gold files that are not there."""
    known = (VALIDATION, *corpus.test_sets)
    for name in settings.sentences:
        if name not in known:
            raise InputError(
                f"attention.sentences: {name} is no held-out set; valid: {', '.join(known)}"
            )
    for key in ("syntax", "coreference", "alignments"):
        path = getattr(settings, key)
        if path and not Path(path).is_file():
            raise InputError(f"attention.{key}: {path}: no such file")


def held_out_pairs(corpus: EncodedCorpus, settings: Attention) -> list[Pair]:
    """The first pairs of the sets asked for, until they have enough source words."""
    check_sentences(corpus, settings)
    texts = (
        pair
        for name in settings.sentences
        for pair in zip(corpus.text(name).source, corpus.text(name).target, strict=True)
    )
    pairs = (Pair(raw_words(source), raw_words(target)) for source, target in texts)
    return list(_first_words(pairs, settings.num_words))


# ----------------------------------------------------------------------------- gold data


def gold_identity(experiment: Experiment) -> dict[str, Any]:
    """What `gold_sentences` depends on, without reading them."""
    settings = experiment.attention
    paths = (settings.syntax, settings.coreference, settings.alignments)
    return {
        "num_words": settings.num_words,
        "files": [sha256(Path(path)) if path else None for path in paths],
        "grammar": experiment.corpus.seed if experiment.corpus.kind == "grammar" else None,
    }


def gold_sentences(corpus: EncodedCorpus, experiment: Experiment) -> list[GoldSentence]:
    """What the corpus or files of gold data say; empty where there are none.

    Raises `InputError` with file and line for anything malformed.
    """
    settings = experiment.attention
    check_sentences(corpus, settings)
    if experiment.corpus.kind == "grammar":
        # No sentence is without a word, so as many sentences as words are more than enough.
        pairs = grammar.aligned_pairs("validation", settings.num_words, experiment.corpus.seed)
        found: list[Iterable[GoldSentence]] = [map(_of_grammar, pairs)]
    else:
        found = []
    if settings.syntax:
        found.append(_with_syntax(Path(settings.syntax)))
    if settings.coreference:
        found.append(_with_coreference(Path(settings.coreference)))
    if settings.alignments:
        found.append(_aligned(corpus, settings))
    return [gold for part in found for gold in _first_words(part, settings.num_words)]


def _of_grammar(pair: grammar.AlignedPair) -> GoldSentence:
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
        if isinstance(unit, AnnotatedSentence) and unit.heads is not None:
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


def _aligned(corpus: EncodedCorpus, settings: Attention) -> Iterator[GoldSentence]:
    text = corpus.text(settings.sentences[0])
    path = Path(settings.alignments)
    lines = list(text_lines(path))
    if len(lines) != len(text.source):
        raise InputError(
            f"{path}: {len(lines)} lines for the {len(text.source)} pairs of "
            f"{settings.sentences[0]}; give a line a pair, in their order"
        )
    for number, (line, source, target) in enumerate(
        zip(lines, text.source, text.target, strict=True), start=1
    ):
        pair = Pair(raw_words(source), raw_words(target))
        place = f"{path}: line {number}"
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
