"""A derivation in English, as a tree.

Phrases are labelled as in the Penn Treebank; each child names its relation to the head of its
phrase as in Universal Dependencies (de Marneffe et al. 2021), so that one tree holds constituents
and dependencies. Each node knows the element of the derivation that it puts into words.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from ticketscope.corpus.grammar.derivation import (
    Adjunct,
    Clause,
    Common,
    Conjoined,
    Content,
    Described,
    Indefinite,
    Named,
    Phrase,
    Prepositional,
    Pronoun,
    Sentence,
    Time,
    is_plural,
)
from ticketscope.corpus.grammar.lexicon import closed
from ticketscope.corpus.grammar.lexicon.closed import Determiner, PersonalPronoun
from ticketscope.corpus.grammar.lexicon.entries import Adverb


@dataclass(slots=True, eq=False)
class Node:
    """A phrase with its children and their relations, or a word.

    `semantic_tag`: of the universal semantic tag set (Abzianidze and Bos 2017).
    """

    label: str
    children: tuple[tuple[str, "Node"], ...] = ()
    of: object = None
    form: str = ""
    lemma: str = ""
    upos: str = ""
    semantic_tag: str = ""

    @property
    def head(self) -> "Node":
        """The word that carries the phrase (a content word, as in Universal Dependencies)."""
        node = self
        while node.children:
            node = next(child for relation, child in node.children if relation == "head")
        return node

    def words(self) -> Iterator["Node"]:
        if not self.children:
            yield self
        for _, child in self.children:
            yield from child.words()


Children = list[tuple[str, Node]]


def english(sentence: Sentence) -> Node:
    """The tree of the English sentence."""
    main = sentence.main
    if sentence.question:
        return _capitalised(_question(main, sentence.question))
    clause = _clause(main)
    if sentence.fronted:
        front: Children = [(_adjunct_relation(sentence.fronted), _adjunct(sentence.fronted))]
        if not isinstance(sentence.fronted, Adverb):
            front.append(("punct", _mark(",")))
        clause = Node("S", (*front, *clause.children), clause.of)
    if sentence.subordinator and sentence.subordinate:
        subordinate = Node(
            "SBAR",
            (
                ("mark", _subordinator(sentence.subordinator.english)),
                ("head", _clause(sentence.subordinate)),
            ),
        )
        if sentence.subordinate_first:
            parts = (("advcl", subordinate), ("punct", _mark(",")), *clause.children)
            clause = Node("S", parts, clause.of)
        else:
            *before, (relation, verb_phrase) = clause.children
            verb_phrase = Node(
                "VP", (*verb_phrase.children, ("advcl", subordinate)), verb_phrase.of
            )
            clause = Node("S", (*before, (relation, verb_phrase)), clause.of)
    if sentence.coordinated:
        comma = [("punct", _mark(","))] if sentence.conjunction == "but" else []
        clause = Node(
            "S",
            (
                ("head", clause),
                *comma,
                ("cc", _conjunction(sentence.conjunction)),
                ("conj", _clause(sentence.coordinated)),
                ("punct", _mark(".")),
            ),
        )
    else:
        clause = Node("S", (*clause.children, ("punct", _mark("."))), clause.of)
    return _capitalised(clause)


def text(tree: Node) -> str:
    """The raw text of a tree."""
    return "".join(
        word.form + " " * space for word, space in zip(tree.words(), spaces(tree), strict=True)
    )


def spaces(tree: Node) -> list[bool]:
    """Whether a space follows each word; none after the last."""
    words = list(tree.words())
    following = words[1:]
    closes = [
        word.label in (",", ".", "POS") or (word.form == "not" and joined(before))
        for before, word in zip(words, following, strict=False)
    ]
    return [not close for close in closes] + [False]


def joined(word: Node) -> bool:
    """can and not are written as one."""
    return word.form == "can"


def _capitalised(tree: Node) -> Node:
    first = next(tree.words())
    first.form = first.form[0].upper() + first.form[1:]
    return tree


def _leaf(xpos: str, form: str, lemma: str, upos: str, tag: str, of: object = None) -> Node:
    return Node(xpos, (), of, form, lemma, upos, tag)


def _mark(form: str) -> Node:
    return _leaf("," if form == "," else ".", form, form, "PUNCT", "QUE" if form == "?" else "NIL")


def _conjunction(form: str) -> Node:
    return _leaf("CC", form, form, "CCONJ", {"and": "COO", "but": "BUT", "or": "DIS"}[form])


def _subordinator(form: str) -> Node:
    if form == "when":
        return Node("WHADVP", (("head", _leaf("WRB", form, form, "ADV", "SUB")),))
    return _leaf("IN", form, form, "SCONJ", "IMP" if form == "if" else "SUB")


# ----------------------------------------------------------------------------- clauses


def _question(clause: Clause, question: str) -> Node:
    if question == "yes_no":
        return Node("SQ", (*_inverted(clause), ("punct", _mark("?"))), clause)
    word = {"whom": "who", "where_to": "where"}.get(question, question)
    adverb = word == "where"
    leaf = _leaf("WRB" if adverb else "WP", word, word, "ADV" if adverb else "PRON", "QUE")
    front = Node("WHADVP" if adverb else "WHNP", (("head", leaf),))
    if question == "who":
        body, relation = Node("SQ", (("head", _verb_phrase(clause, "3s")),), clause), "nsubj"
    else:
        body = Node("SQ", tuple(_inverted(clause)), clause)
        relation = "advmod" if adverb else "obj"
    return Node("SBARQ", ((relation, front), ("head", body), ("punct", _mark("?"))))


def _inverted(clause: Clause) -> Children:
    """First auxiliary, subject, the rest."""
    chain = _chain(clause, _features(clause), asked=True)
    first, *others = chain.auxiliaries
    rest = _nested(others, (), chain.core, copular=_is_copular(clause))
    if len(chain.auxiliaries) > 1 or not _is_copular(clause):
        rest = [("head", Node("VP", tuple(rest)))]
    return [first, _subject(clause), *chain.adverbs, *rest]


def _is_copular(clause: Clause) -> bool:
    return clause.verb is closed.BE or clause.existential


def _subject(clause: Clause) -> tuple[str, Node]:
    if clause.existential:
        return "expl", Node("NP", (("head", _leaf("EX", "there", "there", "PRON", "NIL")),))
    assert clause.subject
    return ("nsubj:pass" if clause.passive else "nsubj"), noun_phrase(clause.subject)


def _features(clause: Clause) -> str:
    """Of the subject, as a finite verb sees them: 1s, 2s, 3s or p."""
    phrase = clause.direct if clause.existential else clause.subject
    assert phrase
    if isinstance(phrase, Pronoun) and phrase.entry.person < 3 and not phrase.entry.plural:
        return f"{phrase.entry.person}s"
    return "p" if is_plural(phrase) else "3s"


def _clause(clause: Clause) -> Node:
    return Node("S", (_subject(clause), *_predicate(clause, _features(clause))), clause)


def _verb_phrase(clause: Clause, features: str) -> Node:
    """A predicate without a subject, as one node."""
    *adverbs, (_, verb_phrase) = _predicate(clause, features)
    return Node("VP", (*adverbs, ("head", verb_phrase))) if adverbs else verb_phrase


def _predicate(clause: Clause, features: str) -> Children:
    """Adverbs that stand before the verb phrase, and the verb phrase, perhaps two joined."""
    chain = _chain(clause, features)
    nested = _nested(chain.auxiliaries, chain.adverbs, chain.core, copular=_is_copular(clause))
    verb_phrase = Node("VP", tuple(nested))
    if clause.joined:
        second = _verb_phrase(clause.joined, features)
        parts = (("head", verb_phrase), ("cc", _conjunction("and")), ("conj", second))
        verb_phrase = Node("VP", parts)
    outside = chain.before if chain.auxiliaries else (*chain.before, *chain.adverbs)
    return [*outside, ("head", verb_phrase)]


def _nested(
    auxiliaries: Sequence[tuple[str, Node]],
    adverbs: Sequence[tuple[str, Node]],
    core: Sequence[tuple[str, Node]],
    copular: bool,
) -> Children:
    """The children of a verb phrase: each auxiliary opens one; adverbs follow the first.

    The copula opens none for its predicate: (VP (VBZ is) (ADJP …)).
    """
    children = list(core)
    for index, auxiliary in reversed(list(enumerate(auxiliaries))):
        if not copular or index < len(auxiliaries) - 1:
            children = [("head", Node("VP", tuple(children)))]
        children = [auxiliary, *(adverbs if index == 0 else ()), *children]
    return children


@dataclass(frozen=True, slots=True)
class Chain:
    """The verbs of a clause: what stands before them all, auxiliaries, adverbs, and the rest."""

    before: Children
    auxiliaries: Children
    adverbs: Children
    core: Children


def _chain(clause: Clause, features: str, asked: bool = False) -> Chain:
    verb = clause.verb
    copular = verb is closed.BE
    auxiliaries: Children = []
    tense = "past" if clause.tense == "past" else "present"
    form = tense
    """The form that the next verb has to take."""

    if clause.modal:
        modal = clause.modal
        lemma = "can" if modal.english == "could" else modal.english
        auxiliaries.append(("aux", _leaf("MD", modal.english, lemma, "AUX", modal.semantic_tag)))
        form = "base"
    elif clause.tense == "future":
        auxiliaries.append(("aux", _leaf("MD", "will", "will", "AUX", "FUT")))
        form = "base"
    elif clause.tense == "perfect":
        auxiliaries.append(("aux", _auxiliary("have", form, features)))
        form = "participle"
    if clause.passive:
        auxiliaries.append(("aux:pass", _auxiliary("be", form, features)))
        form = "passive"
    elif copular:
        auxiliaries.append(("cop", _auxiliary("be", form, features)))
    elif (clause.negated or asked) and not auxiliaries and not clause.existential:
        auxiliaries.append(("aux", _auxiliary("do", form, features)))
        form = "base"
    core = _core(clause)
    if not copular:
        core = [("head", _main_verb(clause, form, features)), *core]
    if clause.existential:
        # there is, is there: the verb moves as an auxiliary does
        auxiliaries, core = [core[0]], core[1:]

    before: Children = []
    adverbs: Children = []
    for adjunct in clause.adjuncts:
        if isinstance(adjunct, Adverb) and adjunct.use in _EARLY:
            stance = clause.negated and adjunct.use == "stance"
            (before if stance else adverbs).append(("advmod", _adjunct(adjunct)))
    if clause.negated:
        adverbs.insert(0, ("advmod", _leaf("RB", "not", "not", "PART", "NOT", ("not", clause))))
    return Chain(before, auxiliaries, adverbs, core)


_EARLY = ("frequency", "stance")
_FORMS = {
    "be": {"base": "be", "participle": "been"},
    "have": {"base": "have", "p": "have", "3s": "has", "past": "had"},
    "do": {"base": "do", "p": "do", "3s": "does", "past": "did"},
}


def _auxiliary(lemma: str, form: str, features: str) -> Node:
    if form == "base":
        return _leaf("VB", lemma, lemma, "AUX", "EXS")
    if form == "participle":
        return _leaf("VBN", "been", "be", "AUX", "EXT")
    tag = "PST" if form == "past" else "NOW"
    xpos = "VBD" if form == "past" else "VBZ" if features == "3s" else "VBP"
    if lemma == "be":
        word = closed.BE_FORMS[form][features]
    else:
        word = _FORMS[lemma]["past" if form == "past" else "3s" if features == "3s" else "p"]
    return _leaf(xpos, word, lemma, "AUX", tag)


def _main_verb(clause: Clause, form: str, features: str) -> Node:
    verb = clause.verb
    if verb is closed.THERE_IS:
        leaf = _auxiliary("be", form, features)
        leaf.upos, leaf.of = "VERB", clause
        return leaf
    match form:
        case "base":
            return _leaf("VB", verb.english, verb.english, "VERB", "EXS", clause)
        case "participle":
            word, xpos, tag = verb.english_participle, "VBN", "EXT"
        case "passive":
            word, xpos, tag = verb.english_participle, "VBN", "EXS"
        case "past":
            word, xpos, tag = verb.past, "VBD", "EPS"
        case _ if features == "3s":
            word, xpos, tag = verb.third, "VBZ", "ENS"
        case _:
            word, xpos, tag = verb.english, "VBP", "ENS"
    return _leaf(xpos, word, verb.english, "VERB", tag, clause)


def _core(clause: Clause) -> Children:
    """What follows the verb."""
    verb = clause.verb
    parts: Children = []
    if clause.predicate:
        parts.append(("head", _described_phrase(clause.predicate)))
    direct = noun_phrase(clause.direct, True) if clause.direct and clause.gap != "direct" else None
    if verb.particle:
        particle = _leaf("RP", verb.particle, verb.particle, "ADP", "NIL")
        particle_phrase = ("compound:prt", Node("PRT", (("head", particle),)))
        # turn the lamp off only with a pronoun: turn it off
        if direct and isinstance(clause.direct, Pronoun):
            parts += [("obj", direct), particle_phrase]
            direct = None
        else:
            parts.append(particle_phrase)
    if clause.indirect and not clause.with_to:
        parts.append(("iobj" if clause.direct else "obj", noun_phrase(clause.indirect, True)))
    if direct:
        parts.append(("nsubj" if clause.existential else "obj", direct))
    if clause.indirect and clause.with_to:
        parts.append(
            ("obl", _prepositional_phrase("to", noun_phrase(clause.indirect, True), clause))
        )
    if clause.governed:
        phrase = _prepositional_phrase(
            verb.preposition[0], noun_phrase(clause.governed, True), clause
        )
        parts.append(("obl", phrase))
    if clause.place and clause.gap != "place":
        relation = "head" if verb is closed.BE else _adjunct_relation(clause.place)
        parts.append((relation, _adjunct(clause.place)))
    if clause.agent:
        parts.append(("obl:agent", _adjunct(clause.agent)))
    ordered = sorted(clause.adjuncts, key=_lateness)
    parts += [
        (_adjunct_relation(adjunct), _adjunct(adjunct))
        for adjunct in ordered
        if not (isinstance(adjunct, Adverb) and adjunct.use in _EARLY)
    ]
    if clause.content:
        parts.append(_content(clause.content))
    return parts


_LATENESS = {"manner": 0, "instrument": 1, "means": 1, "companion": 2, "beneficiary": 2}
_LATE = {"place": 4, "event": 6, "interval": 6, "duration": 5, "past": 7, "present": 7, "future": 7}


def _lateness(adjunct: Adjunct) -> int:
    match adjunct:
        case Time():
            return 7
        case Adverb():
            use = adjunct.use
        case Prepositional():
            use = adjunct.preposition.use
    return _LATENESS.get(use, _LATE.get(use, 3))


def _content(content: Content) -> tuple[str, Node]:
    clause = content.clause
    if content.kind == "to":
        verb = Node("VP", (("head", _main_verb(clause, "base", "p")), *_core(clause)))
        to = ("mark", _leaf("TO", "to", "to", "PART", "NIL"))
        return "xcomp", Node("S", (("head", Node("VP", (to, ("head", verb)))),), clause)
    mark = _leaf("IN", content.kind, content.kind, "SCONJ", "SUB")
    return "ccomp", Node("SBAR", (("mark", mark), ("head", _clause(clause))))


# ----------------------------------------------------------------------------- adjuncts

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


def _adjunct_relation(adjunct: Adjunct) -> str:
    return "advmod" if isinstance(adjunct, Adverb) else "obl"


def _adjunct(adjunct: Adjunct) -> Node:
    match adjunct:
        case Adverb():
            return _adverb(adjunct)
        case Time():
            return _time(adjunct)
        case Prepositional():
            assert adjunct.object
            bare = adjunct.preposition.bare
            phrase = noun_phrase(adjunct.object, True, bare=bare)
            return _prepositional_phrase(adjunct.preposition.english, phrase, adjunct)


def _adverb(adverb: Adverb) -> Node:
    tag = _ADVERB_TAGS[adverb.use]
    if adverb.use == "stance" and adverb.certainty > 0.9:
        tag = "NEC"
    if adverb.use == "frequency" and adverb.certainty < 0:
        tag = "NOT"
    first, *others = adverb.english.split()
    if not others:
        return Node("ADVP", (("head", _leaf("RB", first, first, "ADV", tag, adverb)),), adverb)
    if others == ["ago"]:
        parts = (
            ("advmod", _leaf("RB", first, first, "ADV", "INT")),
            ("head", _leaf("RB", "ago", "ago", "ADV", tag, adverb)),
        )
        return Node("ADVP", parts, adverb)
    # last week, every day: a noun phrase
    determiner = "JJ" if first in ("last", "next") else "DT"
    children = (
        (
            "amod" if determiner == "JJ" else "det",
            _leaf(determiner, first, first, "ADJ" if determiner == "JJ" else "DET", tag),
        ),
        ("head", _leaf("NN", others[-1], others[-1], "NOUN", "CON")),
    )
    return Node("NP", children, adverb)


def _time(time: Time) -> Node:
    name = time.name
    xpos, upos = ("NNP", "PROPN") if name.english[0].isupper() else ("NN", "NOUN")
    noun = _leaf(xpos, name.english, name.english, upos, name.semantic_tag)
    article = name.article
    children: Children = [("head", noun)]
    if article:
        children.insert(0, ("det", _leaf("DT", article, article, "DET", "DEF")))
    return _prepositional_phrase(time.preposition, Node("NP", tuple(children)), time)


def _prepositional_phrase(preposition: str, phrase: Node | None, of: object) -> Node:
    """`phrase` is None in front of a relative pronoun that stands elsewhere."""
    first, *others = preposition.split()
    case = _leaf("TO" if first == "to" else "IN", first, first, "ADP", "REL", ("case", of))
    inner: Children = [("head", phrase)] if phrase else []
    match others:
        case []:
            return Node("PP", (("case", case), *inner), of)
        case ["front", "of"]:
            last = ("case", _leaf("IN", "of", "of", "ADP", "REL", ("case", of)))
            front = _leaf("NN", "front", "front", "NOUN", "REL", ("case", of))
            behind = ("nmod", Node("PP", (last, *inner)))
            place = Node("NP", (("head", Node("NP", (("head", front),))), behind))
            return Node("PP", (("case", case), ("head", place)), of)
        case [second]:
            case.label, case.upos = ("JJ", "ADJ") if first == "next" else (case.label, case.upos)
            xpos = "TO" if second == "to" else "IN"
            last = ("case", _leaf(xpos, second, second, "ADP", "REL", ("case", of)))
            return Node("PP", (("case", case), ("head", Node("PP", (last, *inner)))), of)
        case _:
            raise AssertionError(f"{preposition}: a preposition of a shape not known")


def _described_phrase(described: Described) -> Node:
    adjective = described.adjective.english
    leaf = _leaf("JJ", adjective, adjective, "ADJ", "IST", described)
    degree = [("advmod", _degree(described.degree))] if described.degree else []
    return Node("ADJP", (*degree, ("head", leaf)), described)


def _degree(adverb: Adverb) -> Node:
    return _leaf("RB", adverb.english, adverb.english, "ADV", "INT")


# ----------------------------------------------------------------------------- phrases


def noun_phrase(phrase: Phrase, as_object: bool = False, bare: bool = False) -> Node:
    match phrase:
        case Common():
            return _common(phrase, bare)
        case Named():
            name = phrase.name
            tag = {"l": "GPE", "o": "ORG"}.get(name.kind, "PER")
            leaf = _leaf("NNP", name.english, name.english, "PROPN", tag)
            return Node("NP", (("head", leaf),), phrase)
        case Pronoun():
            return Node(
                "NP", (("head", _pronoun(phrase.entry, as_object, phrase.reflexive)),), phrase
            )
        case Indefinite():
            entry = phrase.entry
            leaf = _leaf("NN", entry.english, entry.english, "PRON", entry.semantic_tag)
            return Node("NP", (("head", leaf),), phrase)
        case Conjoined():
            first, second = noun_phrase(phrase.first), noun_phrase(phrase.second)
            parts = (("head", first), ("cc", _conjunction("and")), ("conj", second))
            return Node("NP", parts, phrase)


def _pronoun(entry: PersonalPronoun, as_object: bool, reflexive: bool) -> Node:
    form = entry.reflexive if reflexive else entry.english_object if as_object else entry.english
    return _leaf("PRP", form, entry.reflexive if reflexive else entry.english, "PRON", "PRO")


def _common(phrase: Common, bare: bool) -> Node:
    noun = phrase.noun
    children: Children = []
    for described in phrase.described:
        if described.degree:
            children.append(("amod", _described_phrase(described)))
        else:
            children.append(("amod", _described_phrase(described).children[0][1]))
    form = noun.english_plural if phrase.plural else noun.english
    tag = "ROL" if "h" in noun.kinds else "UOM" if noun.kinds == "u" else "CON"
    xpos = "NNS" if phrase.plural else "NN"
    children.append(("head", _leaf(xpos, form, noun.english, "NOUN", tag, ("noun", phrase))))
    if phrase.possessor and not phrase.of:
        owner = noun_phrase(phrase.possessor)
        mark = _leaf("POS", "'s" if not _ends_in_s(phrase.possessor) else "'", "'s", "PART", "HAS")
        possessive = Node("NP", (*owner.children, ("case", mark)), owner.of)
        children.insert(0, ("nmod:poss", possessive))
    elif phrase.determiner.english and not bare:
        first = next(children[0][1].words()).form
        children.insert(0, (_RELATIONS[phrase.determiner.xpos], _determiner(phrase, first)))
    node = Node("NP", tuple(children), phrase)
    if phrase.possessor and phrase.of:
        owner = noun_phrase(phrase.possessor)
        node = _extended(node, "nmod", _prepositional_phrase("of", owner, ("of", phrase)))
    if phrase.attribute:
        node = _extended(node, "nmod", _adjunct(phrase.attribute))
    if phrase.relative:
        node = _extended(node, "acl:relcl", _relative(phrase, phrase.relative))
    return node


_RELATIONS = {"DT": "det", "PRP$": "nmod:poss", "JJ": "amod", "CD": "nummod"}
_UPOS = {"DT": "DET", "PRP$": "PRON", "JJ": "ADJ", "CD": "NUM"}


def _ends_in_s(possessor: Phrase) -> bool:
    return (
        isinstance(possessor, Common)
        and possessor.plural
        and (possessor.noun.english_plural.endswith("s"))
    )


def _extended(node: Node, relation: str, addition: Node) -> Node:
    return Node("NP", (("head", node), (relation, addition)), node.of)


def _determiner(phrase: Common, next_form: str) -> Node:
    determiner: Determiner = phrase.determiner
    form = determiner.english
    if form == "a" and starts_with_vowel(next_form):
        form = "an"
    lemma = {"these": "this", "those": "that"}.get(determiner.english, determiner.english)
    of = ("owner", phrase) if determiner.owner else None
    xpos = determiner.xpos
    return _leaf(xpos, form, lemma, _UPOS[xpos], determiner.semantic_tag, of)


@cache
def starts_with_vowel(word: str) -> bool:
    """As it is spoken: an hour, a university."""
    if word.startswith(("hour", "honest", "heir", "honour")):
        return True
    return word[0] in "aeiouAEIOU" and not word.startswith(("uni", "use", "usu", "eu", "one", "ut"))


def _relative(phrase: Common, clause: Clause) -> Node:
    human = "h" in phrase.noun.kinds
    features = "p" if phrase.plural else "3s"
    if clause.gap == "subject":
        form = "who" if human else "that"
        front = _relative_pronoun(form, clause)
        relation = "nsubj:pass" if clause.passive else "nsubj"
        return Node(
            "SBAR",
            ((relation, front), ("head", Node("S", tuple(_predicate(clause, features)), clause))),
            ("relative", phrase),
        )
    body = _clause(clause)
    if clause.gap == "place":
        assert isinstance(clause.place, Prepositional)
        front = _prepositional_phrase(
            clause.place.preposition.english, _relative_pronoun("which", clause), clause.place
        )
        front = Node("WHPP", front.children, front.of)
        return Node("SBAR", (("obl", front), ("head", body)), ("relative", phrase))
    # the people I know, the book that I read
    if human:
        return Node("SBAR", (("head", body),), ("relative", phrase))
    front = _relative_pronoun("that", clause)
    return Node("SBAR", (("obj", front), ("head", body)), ("relative", phrase))


def _relative_pronoun(form: str, clause: Clause) -> Node:
    xpos = "WP" if form == "who" else "WDT"
    leaf = _leaf(xpos, form, form, "PRON", "REL", ("relative pronoun", clause))
    return Node("WHNP", (("head", leaf),))
