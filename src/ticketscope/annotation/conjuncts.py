"""Conjuncts of coordinations, read off a tree of Universal Dependencies."""

from collections.abc import Sequence

from ticketscope.annotation.sentence import Span

CONJUNCT = "CONJ"
_LINKS = ("cc", "punct")


def conjunct_spans(heads: Sequence[int], relations: Sequence[str]) -> tuple[Span, ...]:
    """The conjuncts of a sentence, in order, none overlapping.

    In Universal Dependencies later conjuncts depend on the first. A conjunct is what its head
    governs without later conjuncts, the conjunctions and punctuation at its edges, and whatever
    is separated from the head. What conjuncts share in front of them (a subject, a preposition)
    counts to the first, where the tree has it. Of nested coordinations the innermost conjuncts are
    kept: each conjunct that holds another one gives way.
    """
    coordinated = [
        word
        for word, (head, relation) in enumerate(zip(heads, relations, strict=True))
        if head >= 0 and _is(relation, "conj")
    ]
    conjuncts = {*coordinated, *(heads[word] for word in coordinated)}
    spans = [_conjunct(word, heads, relations) for word in conjuncts]

    kept: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.end - span.start, span.start)):
        if all(span.end <= other.start or other.end <= span.start for other in kept):
            kept.append(span)
    return tuple(sorted(kept, key=lambda span: span.start))


def _conjunct(head: int, heads: Sequence[int], relations: Sequence[str]) -> Span:
    governed = _governed(head, heads, relations)
    start, end = head, head + 1
    while start - 1 in governed:
        start -= 1
    while end in governed:
        end += 1

    links = {
        word
        for word in governed
        if heads[word] == head and any(_is(relations[word], link) for link in _LINKS)
    }
    while start in links:
        start += 1
    while end - 1 in links:
        end -= 1
    return Span(start, end, CONJUNCT)


def _governed(head: int, heads: Sequence[int], relations: Sequence[str]) -> set[int]:
    """The head and all words below it, except its later conjuncts."""
    governed = {head}
    waiting = [head]
    while waiting:
        above = waiting.pop()
        for word, its_head in enumerate(heads):
            if its_head == above and not (above == head and _is(relations[word], "conj")):
                governed.add(word)
                waiting.append(word)
    return governed


def _is(relation: str, universal: str) -> bool:
    """Whether a relation, perhaps with a subtype, is a universal one."""
    return relation.split(":")[0] == universal
