"""Base chunks derived from phrase structure, as for the shared task of CoNLL-2000.

Tjong Kim Sang and Buchholz (2000): a chunk holds what stands in a phrase to the left of its head,
and the head; phrases within it that are not absorbed make chunks of their own. The rules here:

- NP: up to the last noun (else numeral, adjective, determiner …); ADJP, ADVP, QP and NML before the
  head are absorbed. The possessive 's begins a chunk: [Tom] ['s old house].
- VP: the verbs of nested verb phrases, with negation and the adverbs before the main verb, through
  infinitives and other clauses without a subject that follow at once: [may not want to sell].
  Coordinated verb phrases, particles and predicates make their own chunks. A verb outside any VP,
  as the auxiliary of an inverted sentence, has no chunk.
- PP and SBAR: the preposition or complementiser alone, with what modifies it: [just after],
  [such as], [even if]. ADJP, ADVP: without a noun phrase in front: [a year] [earlier].
- PRT, INTJ, CONJP, LST: their words. Punctuation and conjunctions at the edges stay outside.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ticketscope.annotation.phrase_trees import Tree, category, preterminals
from ticketscope.annotation.sentence import Span

_CHUNK_OF_PHRASE = {
    "NP": "NP", "NX": "NP", "NML": "NP", "NAC": "NP", "QP": "NP", "WHNP": "NP",
    "VP": "VP",
    "PP": "PP", "WHPP": "PP",
    "ADVP": "ADVP", "WHADVP": "ADVP",
    "ADJP": "ADJP", "WHADJP": "ADJP",
    "SBAR": "SBAR", "PRT": "PRT", "INTJ": "INTJ", "CONJP": "CONJP", "LST": "LST",
}  # fmt: skip
_ABSORBED = {
    "NP": frozenset(("ADJP", "ADVP", "QP", "NML", "NAC", "NX", "UCP", "WHADJP")),
    "VP": frozenset(("ADVP",)),
    "PP": frozenset(("ADVP",)),
    "SBAR": frozenset(("ADVP",)),
    "ADJP": frozenset(("ADVP", "QP")),
}
_NOUNS = frozenset(("NN", "NNS", "NNP", "NNPS", "NX", "NML", "NAC"))
_LIKE_NOUNS = frozenset(("PRP", "WP", "EX", "CD", "QP", "$", "FW", "ADD", "GW", "SYM"))
_NOMINAL = frozenset(("JJ", "JJR", "JJS", "VBG", "VBN", "ADJP", "PRP$", "WP$"))
_PRONOMINAL = frozenset(("DT", "WDT", "PDT", "RB", "UH", "IN"))
_PREPOSITIONS = frozenset(("IN", "TO"))
_LIKE_PREPOSITIONS = frozenset(("VBG", "VBN", "JJ", "RB", "RP", "FW", "DT", "WRB"))
_VERBS = frozenset(("MD", "TO", "VB", "VBD", "VBG", "VBN", "VBP", "VBZ"))
_POSSESSIVE = "POS"
_NEVER_AT_AN_EDGE = frozenset(
    (".", ",", ":", "``", "''", "-LRB-", "-RRB-", "NFP", "HYPH", "CC", "CONJP")
)
_STOPS = _NEVER_AT_AN_EDGE | {_POSSESSIVE}


@dataclass(frozen=True, slots=True)
class _Part:
    """A node and where its words lie: [start, end)."""

    node: Tree
    start: int
    end: int

    @property
    def category(self) -> str:
        return category(self.node.label)


def chunks(tree: Tree) -> tuple[Span, ...]:
    """The base chunks of a tree without traces, in order, not overlapping."""
    root = _located(tree, 0)
    spans = sorted(_chunks(root), key=_start)
    possessives = [i for i, leaf in enumerate(preterminals(tree)) if leaf.label == _POSSESSIVE]
    joined = set(_starts_within_noun_phrases(root))
    return tuple(sorted(_with_possessives(spans, possessives, joined), key=_start))


def _start(span: Span) -> int:
    return span.start


def _located(tree: Tree, start: int) -> _Part:
    return _Part(tree, start, start + sum(1 for _ in preterminals(tree)))


def _children(part: _Part) -> list[_Part]:
    located: list[_Part] = []
    for child in part.node.children:
        located.append(_located(child, located[-1].end if located else part.start))
    return located


def _chunks(phrase: _Part) -> Iterator[Span]:
    """The chunk of this phrase (several, if other chunks interrupt it) and the chunks within it."""
    if phrase.node.is_preterminal:
        return
    label = _CHUNK_OF_PHRASE.get(phrase.category, "")
    parts = _verb_group(phrase) if label == "VP" else _children(phrase)
    end = _end_of_head(label, parts)

    run: list[_Part] = []
    for part in parts:
        if part.end <= end and _belongs(part, label):
            run.append(part)
        else:
            yield from _chunks_of_run(label, run)
            yield from _chunks(part)
            run = []
    yield from _chunks_of_run(label, run)


def _belongs(part: _Part, label: str) -> bool:
    """Whether a part before the head is in its chunk: words, and some phrases made of words."""
    return part.node.is_preterminal or (
        part.category in _ABSORBED.get(label, ())
        and (label == "NP" or all(_belongs(child, label) for child in _children(part)))
    )


def _verb_group(phrase: _Part) -> list[_Part]:
    """The parts of a verb phrase and of those nested in it, as one list.

    A coordinated verb phrase is not opened: it has a group of its own. Nor is a clause that does
    not follow its verb at once.
    """
    opened: list[_Part] = []
    coordinated = after_word = False
    for part in _children(phrase):
        nested = _bare_verb_phrase(part)
        if nested and not coordinated and (part.category == "VP" or after_word):
            opened += _verb_group(nested)
        else:
            opened.append(part)
        coordinated = part.category in _NEVER_AT_AN_EDGE
        after_word = part.node.is_preterminal
    return opened


def _bare_verb_phrase(part: _Part) -> _Part | None:
    """The verb phrase that this is, or that a clause without a subject consists of."""
    if part.category == "VP":
        return part
    if part.category == "S" and len(part.node.children) == 1:
        return _bare_verb_phrase(_children(part)[0])
    return None


def _end_of_head(label: str, parts: Sequence[_Part]) -> int:
    """One past the last word that a chunk of the phrase may hold; 0 where it can have none."""
    if not label:
        return 0
    if label == "NP":
        return _end_of_nominal_head(parts)
    if label in ("PP", "SBAR"):
        return _last_end(parts, _PREPOSITIONS) or _last_end(parts, _LIKE_PREPOSITIONS)
    return parts[-1].end


def _end_of_nominal_head(parts: Sequence[_Part]) -> int:
    """Where the noun ends, or what stands for a noun, with the words that follow it at once.

    Where the head is a noun phrase itself, lesser words beside it make no chunk.
    """
    end = _last_end(parts, _NOUNS) or _last_end(parts, _LIKE_NOUNS)
    if not end and not any(_is_head_phrase(part) for part in parts):
        end = _last_end(parts, _NOMINAL) or _last_end(parts, _PRONOMINAL)
    for part in parts:
        if part.start == end > 0 and part.node.is_preterminal and part.category not in _STOPS:
            end = part.end
    return end


def _last_end(parts: Sequence[_Part], categories: frozenset[str]) -> int:
    return max((part.end for part in parts if part.category in categories), default=0)


def _is_head_phrase(part: _Part) -> bool:
    *_, last = preterminals(part.node)
    return part.category in ("NP", "WHNP") and last.label != _POSSESSIVE


def _chunks_of_run(label: str, run: Sequence[_Part]) -> Iterator[Span]:
    """The chunk of neighbouring parts, and those of the parts that fall off its edges."""
    start, end = 0, len(run)
    if label != "CONJP":
        while start < end and run[start].category in _NEVER_AT_AN_EDGE:
            start += 1
        while start < end and (
            run[end - 1].category in _NEVER_AT_AN_EDGE
            or (label == "VP" and not run[end - 1].node.is_preterminal)
        ):
            end -= 1
    if label == "VP" and not any(part.category in _VERBS for part in run[start:end]):
        end = start
    if start < end:
        yield Span(run[start].start, run[end - 1].end, label)
    for part in (*run[:start], *run[end:]):
        yield from _chunks(part)


# ----------------------------------------------------------------------------- possessives


def _starts_within_noun_phrases(part: _Part) -> Iterator[int]:
    """Where the children of noun phrases begin, except first children, which begin with their
    phrase."""
    for number, child in enumerate(_children(part)):
        if number and _CHUNK_OF_PHRASE.get(part.category) == "NP":
            yield child.start
        yield from _starts_within_noun_phrases(child)


def _with_possessives(
    spans: Sequence[Span], possessives: Sequence[int], joined: set[int]
) -> Iterator[Span]:
    """The same chunks, except that every possessive begins a chunk, with what it possesses if that
    follows."""
    left_over = set(possessives)
    for span in spans:
        before = span.start - 1
        joins = span.label == "NP" and before in left_over and span.start in joined
        start = before if joins else span.start
        cuts = [word for word in possessives if start < word < span.end]
        for left, right in pairwise((start, *cuts, span.end)):
            yield Span(left, right, span.label)
        left_over -= set(range(start, span.end))
    for word in left_over:
        yield Span(word, word + 1, "NP")
