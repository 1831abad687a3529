"""What slices of quality are cut by: phenomena, the rarest word, length and depth of a sentence."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from ticketscope.corpus.grammar.derivation import Sentence
from ticketscope.corpus.grammar.english_tree import Node
from ticketscope.corpus.grammar.lexicon.modifiers import ADJECTIVES, ADVERBS
from ticketscope.corpus.grammar.lexicon.names import NAMES
from ticketscope.corpus.grammar.lexicon.nouns import NOUNS
from ticketscope.corpus.grammar.lexicon.verbs import VERBS
from ticketscope.corpus.grammar.phenomena import phenomena_of


@dataclass(frozen=True, slots=True)
class Tags:
    """Of one sentence.

    Attributes:
        phenomena: those of `phenomena.PHENOMENA` that it shows.
        rarest_word: lemma of the content word that stands lowest among the words of its kind.
        rarest_rank: where it stands there, from 1.
        num_words: English words, punctuation included.
        depth: phrases above the deepest word.
    """

    phenomena: tuple[str, ...]
    rarest_word: str
    rarest_rank: int
    num_words: int
    depth: int


def tags(derivation: Sentence, tree: Node, german: str) -> Tags:
    """The tags of a sentence, given its English tree and its translation."""
    words = list(tree.words())
    ranked = [(_RANKS[word.lemma], word.lemma) for word in words if word.lemma in _RANKS]
    rank, rarest = max(ranked, default=(0, ""))
    return Tags(phenomena_of(derivation, german), rarest, rank, len(words), _depth(tree))


def _depth(node: Node) -> int:
    return 1 + max(_depth(child) for _, child in node.children) if node.children else 0


def _ranks() -> Iterator[tuple[str, int]]:
    """Each lemma with its rank among the words that compete with it; the best of several."""
    counts: dict[str, int] = defaultdict(int)
    groups = (
        *((noun.english, noun.kinds[0]) for noun in NOUNS),
        *((verb.english, verb.frame) for verb in VERBS),
        *((adjective.english, "adjective") for adjective in ADJECTIVES),
        *((adverb.english, adverb.use) for adverb in ADVERBS),
        *((name.english, f"name {name.kind}") for name in NAMES),
    )
    for lemma, group in groups:
        counts[group] += 1
        yield lemma, counts[group]


_RANKS: dict[str, int] = {}
for _lemma, _rank in _ranks():
    _RANKS[_lemma] = min(_rank, _RANKS.get(_lemma, _rank))
