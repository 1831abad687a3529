"""The head word of every word, read off a phrase-structure tree by rules.

Each phrase has a head child; the head words of its other children depend on that child's.
The rules are those of Collins (1999, appendix A), which are made for the Penn Treebank; a phrase
without a rule is headed by its first child.
"""

from collections.abc import Sequence, Set

from ticketscope.annotation.phrase_trees import Tree, category

_VERBS = "VBD VBN MD VBZ VB VBG VBP"
_FINITE = "VBZ VBD VBP VB MD"
_FROM_LEFT = {
    "ADJP": "NNS QP NN $ ADVP JJ VBN VBG ADJP JJR NP JJS DT FW RBR RBS SBAR RB",
    "NAC": "NN NNS NNP NNPS NP NAC EX $ CD QP PRP VBG JJ JJS JJR ADJP FW",
    "QP": "$ IN NNS NN JJ RB DT CD QP JJR JJS",
    "S": "TO IN VP S SBAR ADJP UCP NP",
    "SBAR": "WHNP WHPP WHADVP WHADJP IN DT S SQ SINV SBAR FRAG",
    "SBARQ": "SQ S SINV SBARQ FRAG",
    "SINV": f"{_FINITE} VP S SINV ADJP NP",
    "SQ": f"{_FINITE} VP SQ",
    "VP": f"TO {_VERBS} VP ADJP NN NNS NP",
    "WHADJP": "CC WRB JJ ADJP",
    "WHNP": "WDT WP WP$ WHADJP WHPP WHNP",
}
_FROM_RIGHT = {
    "ADVP": "RB RBR RBS FW ADVP TO CD JJR JJ IN NP JJS NN",
    "CONJP": "CC RB IN",
    "FRAG": "",
    "LST": "LS :",
    "PP": "IN TO VBG VBN RP FW",
    "PRT": "RP",
    "RRC": "VP NP ADVP ADJP PP",
    "UCP": "",
    "WHADVP": "CC WRB",
    "WHPP": "IN TO FW",
}
_NOMINAL = frozenset(("NP", "NX", "NML"))
_OF_NOMINALS = (
    (True, frozenset(("NN", "NNP", "NNPS", "NNS", "NX", "NML", "POS", "JJR"))),
    (False, frozenset(("NP",))),
    (True, frozenset(("$", "ADJP", "PRN"))),
    (True, frozenset(("CD",))),
    (True, frozenset(("JJ", "JJS", "RB", "QP"))),
)
"""For noun phrases: whether to look from the right, and for what."""


def heads(tree: Tree) -> tuple[int, ...]:
    """For each word of the tree the index of its head, -1 for the head of all."""
    found: list[int] = []
    root = _add(tree, found)
    found[root] = -1
    return tuple(found)


def _add(tree: Tree, found: list[int]) -> int:
    """Append the heads of the words of a phrase; returns its head word, whose own head is left
    open."""
    if tree.is_preterminal:
        found.append(-1)
        return len(found) - 1
    head_words = [_add(child, found) for child in tree.children]
    head = head_words[_head_child(tree)]
    for word in head_words:
        found[word] = head
    return head


def _head_child(tree: Tree) -> int:
    """Which child is the head."""
    label = category(tree.label)
    children = [category(child.label) for child in tree.children]
    first, last = 0, len(children) - 1
    if label not in _NOMINAL:
        from_right = label in _FROM_RIGHT
        rule = _FROM_RIGHT[label] if from_right else _FROM_LEFT.get(label, "")
        found = (_nearest(children, {wanted}, from_right=from_right) for wanted in rule.split())
        return next((head for head in found if head is not None), last if from_right else first)
    if children[last] == "POS":
        return last
    found = (_nearest(children, wanted, from_right=right) for right, wanted in _OF_NOMINALS)
    return next((head for head in found if head is not None), last)


def _nearest(children: Sequence[str], wanted: Set[str], *, from_right: bool) -> int | None:
    """The first child of these categories, counted from one side."""
    found = [index for index, child in enumerate(children) if child in wanted]
    return found[-1 if from_right else 0] if found else None
