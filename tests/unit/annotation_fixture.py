"""A sentence with all layers, annotated by hand, and one with none."""

from ticketscope.annotation.phrase_trees import parse
from ticketscope.annotation.sentence import Adposition, AnnotatedSentence, Arc, Span

TREE = (
    "(S (NP-SBJ (NNP Ann)) (CC and) (NP (NNP Bo)) (VP (VBD saw) (NP (PRP$ her) (NN bank))"
    " (PP (IN in) (NP (NNP Rome)))))"
)
SENTENCE = AnnotatedSentence(
    words=("Ann", "and", "Bo", "saw", "her", "bank", "in", "Rome"),
    xpos=("NNP", "CC", "NNP", "VBD", "PRP$", "NN", "IN", "NNP"),
    heads=(3, 2, 0, -1, 5, 3, 7, 3),
    relations=("nsubj", "cc", "conj", "root", "nmod:poss", "obj", "case", "obl"),
    tree=parse(TREE, "here"),
    supertags=("NP", "conj", "NP", "(S\\NP)/NP", "NP/N", "N", "PP/NP", "NP"),
    semantic_tags=("PER", "AND", "PER", "EPS", "HAS", "CON", "REL", "GPE"),
    entities=(Span(7, 8, "LOC"), Span(0, 1, "PER"), Span(2, 3, "PER")),
    adpositions=(Adposition(6, 7, "Locus", "Place"),),
    factuality=((3, 2.5),),
    arguments=(Arc(3, 0, "ARG0"), Arc(3, 5, "ARG1"), Arc(5, 4, "ARG1")),
    mentions=(Span(0, 1, "ann"), Span(2, 3, "bo"), Span(4, 5, "ann"), Span(4, 6, "bank")),
    senses=((5, "money"),),
    errors=(False,) * 5 + (True, False, False),
)
BARE = AnnotatedSentence(words=("Go", "!"))
