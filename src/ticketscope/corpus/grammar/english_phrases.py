"""Noun phrases, adverbs and prepositional phrases in English, as trees.

A relative clause is no part of its phrase here: `english_clauses` attaches it.
"""

from functools import cache

from ticketscope.corpus.grammar.derivation import (
    Adjunct,
    Clause,
    Common,
    Conjoined,
    Described,
    Indefinite,
    Named,
    Phrase,
    Prepositional,
    Pronoun,
    Time,
)
from ticketscope.corpus.grammar.english_tree import Children, Node, conjunction, extended, leaf
from ticketscope.corpus.grammar.expressions import (
    AdverbWord,
    CaseMark,
    DeterminerWord,
    FunctionWord,
    NounWord,
    OfPhrase,
)
from ticketscope.corpus.grammar.lexicon.entries import Adverb

# ----------------------------------------------------------------------------- noun phrases


def noun_phrase(phrase: Phrase, as_object: bool = False, bare: bool = False) -> Node:
    match phrase:
        case Common():
            return _common(phrase, bare)
        case Named():
            name = phrase.name
            tag = {"l": "GPE", "o": "ORG"}.get(name.kind, "PER")
            noun = leaf("NNP", name.english, name.english, "PROPN", tag, phrase)
            return Node("NP", (("head", noun),), phrase)
        case Pronoun():
            return Node("NP", (("head", _pronoun(phrase, as_object)),), phrase)
        case Indefinite():
            entry = phrase.entry
            pronoun = leaf("NN", entry.english, entry.english, "PRON", entry.semantic_tag, phrase)
            return Node("NP", (("head", pronoun),), phrase)
        case Conjoined():
            first, second = _inner(phrase.first), _inner(phrase.second)
            parts = (("head", first), ("cc", conjunction("and", phrase)), ("conj", second))
            return Node("NP", parts, phrase)


def _inner(phrase: Phrase, as_object: bool = False, bare: bool = False) -> Node:
    """A phrase inside another or behind a preposition: none with a relative clause is drawn."""
    assert not (isinstance(phrase, Common) and phrase.relative)
    return noun_phrase(phrase, as_object, bare)


def _pronoun(phrase: Pronoun, as_object: bool) -> Node:
    entry = phrase.entry
    lemma = entry.reflexive if phrase.reflexive else entry.english
    form = entry.english_object if as_object and not phrase.reflexive else lemma
    return leaf("PRP", form, lemma, "PRON", "PRO", phrase)


def _common(phrase: Common, bare: bool) -> Node:
    noun = phrase.noun
    children: Children = []
    for described in phrase.described:
        if described.degree:
            children.append(("amod", described_phrase(described)))
        else:
            children.append(("amod", described_phrase(described).children[0][1]))
    form = noun.english_plural if phrase.plural else noun.english
    tag = "ROL" if "h" in noun.kinds else "UOM" if noun.kinds == "u" else "CON"
    xpos = "NNS" if phrase.plural else "NN"
    children.append(("head", leaf(xpos, form, noun.english, "NOUN", tag, NounWord(phrase))))
    if phrase.possessor and not phrase.of:
        owner = _inner(phrase.possessor)
        mark = leaf("POS", "'s" if not _ends_in_s(phrase.possessor) else "'", "'s", "PART", "HAS")
        possessive = Node("NP", (*owner.children, ("case", mark)), owner.of)
        children.insert(0, ("nmod:poss", possessive))
    elif phrase.determiner.english and not bare:
        first = next(children[0][1].words()).form
        children.insert(0, (_RELATIONS[phrase.determiner.xpos], _determiner(phrase, first)))
    node = Node("NP", tuple(children), phrase)
    if phrase.possessor and phrase.of:
        owner = _inner(phrase.possessor)
        node = extended(node, "nmod", prepositional_phrase("of", owner, OfPhrase(phrase)))
    if phrase.attribute:
        node = extended(node, "nmod", _prepositional(phrase.attribute))
    return node


_RELATIONS = {"DT": "det", "PRP$": "nmod:poss", "JJ": "amod", "CD": "nummod"}
_LEMMAS = {"these": "this", "those": "that"}
_UPOS = {"DT": "DET", "PRP$": "PRON", "JJ": "ADJ", "CD": "NUM"}


def _ends_in_s(possessor: Phrase) -> bool:
    match possessor:
        case Common(plural=True):
            return possessor.noun.english_plural.endswith("s")
        case _:
            return False


def _determiner(phrase: Common, next_form: str) -> Node:
    determiner = phrase.determiner
    form = determiner.english
    if form == "a" and starts_with_vowel(next_form):
        form = "an"
    lemma = _LEMMAS.get(determiner.english, determiner.english)
    xpos, tag = determiner.xpos, determiner.semantic_tag
    return leaf(xpos, form, lemma, _UPOS[xpos], tag, DeterminerWord(phrase))


@cache
def starts_with_vowel(word: str) -> bool:
    """As it is spoken: an hour, a university."""
    if word.startswith(("hour", "honest", "heir", "honour")):
        return True
    return word[0] in "aeiouAEIOU" and not word.startswith(("uni", "use", "usu", "eu", "one", "ut"))


# ----------------------------------------------------------------------------- adjuncts


def adjunct_relation(adjunct: Adjunct) -> str:
    if isinstance(adjunct, Adverb):
        return "obl:unmarked" if _is_nominal(adjunct) else "advmod"
    return "obl"


def adjunct(adjunct: Adjunct, clause: Clause) -> Node:
    """What is added to a clause."""
    match adjunct:
        case Adverb():
            of = AdverbWord(clause, adjunct)
            return _nominal_adverb(adjunct, of) if _is_nominal(adjunct) else _adverb(adjunct, of)
        case Time():
            return _time(adjunct)
        case Prepositional():
            return _prepositional(adjunct)


def _prepositional(adjunct: Prepositional) -> Node:
    assert adjunct.object
    phrase = _inner(adjunct.object, True, bare=adjunct.preposition.bare)
    return prepositional_phrase(adjunct.preposition.english, phrase, adjunct)


_ADVERB_TAGS = {
    "manner": "IST",
    "past": "DXT",
    "present": "DXT",
    "future": "DXT",
    "frequency": "QUV",
    "place": "DXP",
    "degree": "INT",
    "stance": "POS",
}
_DAYS = ("yesterday", "today", "tomorrow", "tonight")
_NOMINAL = ("last", "next", "this")


def _is_nominal(adverb: Adverb) -> bool:
    """A noun phrase in the place of an adverb: last week, tomorrow."""
    return adverb.english in _DAYS or adverb.english.startswith(_NOMINAL)


def _tag(adverb: Adverb) -> str:
    return adverb.semantic_tag or _ADVERB_TAGS[adverb.use]


def _adverb(adverb: Adverb, of: AdverbWord) -> Node:
    *before, last = adverb.english.split()
    degree = [("advmod", leaf("RB", word, word, "ADV", "INT", of)) for word in before]
    head = ("head", leaf("RB", last, last, "ADV", _tag(adverb), of))
    return Node("ADVP", (*degree, head), adverb)


def _nominal_adverb(adverb: Adverb, of: AdverbWord) -> Node:
    first, *others = adverb.english.split()
    if not others:
        return Node("NP", (("head", leaf("NN", first, first, "NOUN", _tag(adverb), of)),), adverb)
    (noun,) = others
    if first == "this":
        before = ("det", leaf("DT", first, first, "DET", _tag(adverb), of))
    else:
        before = ("amod", leaf("JJ", first, first, "ADJ", _tag(adverb), of))
    return Node("NP", (before, ("head", leaf("NN", noun, noun, "NOUN", "CON", of))), adverb)


def _time(time: Time) -> Node:
    name = time.name
    xpos, upos = ("NNP", "PROPN") if name.english[0].isupper() else ("NN", "NOUN")
    head = leaf(xpos, name.english, name.english, upos, name.semantic_tag, time)
    children: Children = [("head", head)]
    if name.article:
        of = FunctionWord(time, "article")
        children.insert(0, ("det", leaf("DT", name.article, name.article, "DET", "DEF", of)))
    return prepositional_phrase(time.preposition, Node("NP", tuple(children)), time)


def prepositional_phrase(
    preposition: str, phrase: Node, of: Prepositional | Time | OfPhrase | Clause
) -> Node:
    first, *others = preposition.split()

    def case(form: str) -> tuple[str, Node]:
        return "case", leaf("IN", form, form, "ADP", "REL", CaseMark(of))

    match others:
        case []:
            return Node("PP", (case(first), ("head", phrase)), of)
        case ["front", "of"]:
            front = leaf("NN", "front", "front", "NOUN", "REL", CaseMark(of))
            behind = ("nmod", Node("PP", (case("of"), ("head", phrase))))
            place = Node("NP", (("head", Node("NP", (("head", front),))), behind))
            return Node("PP", (case(first), ("head", place)), of)
        case [second]:
            inner = Node("PP", (case(second), ("head", phrase)))
            return Node("PP", (case(first), ("head", inner)), of)
        case _:
            raise AssertionError(f"{preposition}: a preposition of a shape not known")


def described_phrase(described: Described) -> Node:
    adjective = described.adjective.english
    degree = [("advmod", _degree(described, described.degree))] if described.degree else []
    head = ("head", leaf("JJ", adjective, adjective, "ADJ", "IST", described))
    return Node("ADJP", (*degree, head), described)


def _degree(described: Described, adverb: Adverb) -> Node:
    of = FunctionWord(described, "degree")
    return leaf("RB", adverb.english, adverb.english, "ADV", "INT", of)
