"""Clauses and their phrases in German.

Three orders of the clause: the finite verb second, first or last. Between the finite verb and what
stands at the end lies the middle field: subject (unless it stands first), pronouns, stance (before
nicht where there is one), time, indirect object, other adjuncts, direct object, negation, what the
verb governs, place, predicate.
An adjunct stands before the direct object and an attribute behind it, so that what is attached
where can be seen. Each word says what it stands for, in the terms that the English words use, so
that the words of both can be aligned.
"""

from typing import Literal

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
    Tense,
    Time,
    is_plural,
    person,
    pronoun_code,
)
from ticketscope.corpus.grammar.expressions import (
    AdverbWord,
    CaseMark,
    DeterminerWord,
    FunctionWord,
    NegationWord,
    NounWord,
)
from ticketscope.corpus.grammar.german_text import Word, Words
from ticketscope.corpus.grammar.german_verbs import HE, united, verbs, zu_infinitive
from ticketscope.corpus.grammar.lexicon import closed
from ticketscope.corpus.grammar.lexicon.closed import Modal
from ticketscope.corpus.grammar.lexicon.entries import Adverb, Case, Gender

Order = Literal["second", "first", "final"]

_CASE_INDEX = {"nominative": 0, "accusative": 1, "dative": 2}
_OBLIGED = Modal("", "sollen", "sollen", "", 0)


def clause_words(
    clause: Clause, order: Order, tense: Tense | None = None, index: int = HE
) -> Words:
    """`tense`: where it is another than in English; `index`: the person of a subject that is not
    said here."""
    if clause.subject:
        index = _index(clause.subject)
    if clause.existential:
        index = HE
    if clause.slip == "agreement":
        index = (index + 3) % 6
    finite, prefix, tail = verbs(clause, index, tense or clause.tense, clause.modal)
    subject = [Word("es", FunctionWord(clause, "expletive"))] if clause.existential else []
    if clause.subject:
        subject = noun_phrase(clause.subject, "nominative")
    middle = _middle_field(clause)
    if clause.slip == "prefix":
        finite, prefix = united(prefix, finite), []
    match order:
        case "second":
            words = [*subject, finite, *middle, *tail, *prefix]
        case "first":
            words = [finite, *subject, *middle, *tail, *prefix]
        case "final":
            words = [*subject, *middle, *tail, united(prefix, finite)]
    if clause.joined:
        conjunction = Word("und", FunctionWord(clause.joined, "conjunction"))
        inner_order: Order = "final" if order == "final" else "first"
        words += [conjunction, *clause_words(clause.joined, inner_order, index=index)]
    if clause.content:
        words += _content(clause.content)
    return words


def _index(phrase: Phrase) -> int:
    return person(phrase) - 1 + 3 * is_plural(phrase)


def _content(content: Content) -> Words:
    clause = content.clause
    comma = Word(",")
    if content.kind == "to" and not content.as_clause:
        return [comma, *_middle_field(clause), *zu_infinitive(clause), comma]
    if content.kind != "to":
        form = "ob" if content.kind == "whether" else "dass"
        conjunction = Word(form, FunctionWord(clause, "subordinator"))
        return [comma, conjunction, *clause_words(clause, slipped(clause, "final")), comma]
    assert content.controller
    subject = closed.PERSONAL[pronoun_code(content.controller)]
    modal = _OBLIGED if content.as_clause == "obliged" else clause.modal
    finite, prefix, tail = verbs(clause, _index(content.controller), clause.tense, modal)
    # English has neither the conjunction nor the pronoun
    opening = [Word("dass"), Word(subject.german[0])]
    return [comma, *opening, *_middle_field(clause), *tail, united(prefix, finite), comma]


def slipped(clause: Clause, order: Order) -> Order:
    if clause.slip != "order":
        return order
    return "second" if order == "final" else "final"


# ----------------------------------------------------------------------------- the middle field

_STANCE, _TIME, _OTHER = 0, 1, 2
_LAYERS = {
    "stance": _STANCE,
    "past": _TIME,
    "present": _TIME,
    "future": _TIME,
    "event": _TIME,
    "interval": _TIME,
    "frequency": _TIME,
}


def _layer(adjunct: Adjunct) -> int:
    match adjunct:
        case Time():
            return _TIME
        case Adverb():
            return _LAYERS.get(adjunct.use, _OTHER)
        case Prepositional():
            return _LAYERS.get(adjunct.preposition.use, _OTHER)


def _middle_field(clause: Clause) -> Words:
    verb = clause.verb
    negation = clause.negated
    direct: Words = []
    if clause.direct and clause.gap != "direct":
        takes_kein = negation and _negatable(clause.direct) != (clause.slip == "negation")
        direct = noun_phrase(clause.direct, verb.object_case, clause if takes_kein else None)
        negation = negation and not takes_kein
    indirect = noun_phrase(clause.indirect, "dative") if clause.indirect else []
    if clause.direct and verb.object_case == "dative" and not isinstance(clause.direct, Pronoun):
        indirect, direct = direct, []
    pronouns: Words = []
    if isinstance(clause.direct, Pronoun):
        pronouns, direct = direct, []
    if isinstance(clause.indirect, Pronoun):
        pronouns, indirect = pronouns + indirect, []
    layers: tuple[Words, Words, Words] = ([], [], [])
    for adjunct in clause.adjuncts:
        layers[_layer(adjunct)].extend(adjunct_words(adjunct, clause))
    stance = layers[_STANCE]
    return [
        *pronouns,
        *(() if negation else stance),
        *layers[_TIME],
        *indirect,
        *(prepositional_words(clause.agent) if clause.agent else ()),
        *layers[_OTHER],
        *direct,
        *((*stance, Word("nicht", NegationWord(clause))) if negation else ()),
        *(_governed(clause) if clause.governed else ()),
        *(adjunct_words(clause.place, clause) if clause.place and clause.gap != "place" else ()),
        *(_described(clause.predicate) if clause.predicate else ()),
    ]


def _negatable(phrase: Phrase) -> bool:
    """Whether its article becomes kein."""
    return (
        isinstance(phrase, Common) and phrase.determiner.negation == "kein" and not phrase.possessor
    )


def adjunct_words(adjunct: Adjunct, clause: Clause) -> Words:
    match adjunct:
        case Time():
            preposition, name = adjunct.german.split()
            article = FunctionWord(adjunct, "article")
            return [Word(preposition, CaseMark(adjunct), article), Word(name, adjunct)]
        case Adverb():
            of = AdverbWord(clause, adjunct)
            return [Word(form, of) for form in adjunct.german.split()]
        case Prepositional():
            return prepositional_words(adjunct)


def _governed(clause: Clause) -> Words:
    assert clause.governed
    words = noun_phrase(clause.governed, clause.verb.object_case)
    preposition = Word(clause.verb.preposition[1], CaseMark(clause))
    return _with_preposition(preposition, clause.governed, words)


def prepositional_words(adjunct: Prepositional) -> Words:
    use, phrase = adjunct.preposition, adjunct.object
    assert phrase
    of = CaseMark(adjunct)
    words = noun_phrase(phrase, use.case)
    words = _with_preposition(Word(use.german, of), phrase, words) if use.german else words
    return [*words, Word(use.suffix, of)] if use.suffix else words


def _with_preposition(preposition: Word, phrase: Phrase, words: Words) -> Words:
    """One of two joined phrases takes no contraction: von dem Hafen und den Schiffen."""
    if isinstance(phrase, Conjoined):
        return [preposition, *words]
    article, *others = words
    contracted = closed.CONTRACTIONS.get(f"{preposition} {article}")
    if contracted:
        return [Word(contracted, *preposition.of, *article.of), *others]
    return [preposition, *words]


def _described(described: Described) -> Words:
    return [*_degree(described), Word(described.adjective.german, described)]


def _degree(described: Described) -> Words:
    if not described.degree:
        return []
    return [Word(described.degree.german, FunctionWord(described, "degree"))]


# ----------------------------------------------------------------------------- phrases


def noun_phrase(phrase: Phrase, case: Case, denying: Clause | None = None) -> Words:
    """A phrase in a case; its article becomes *kein* where it says the negation of a clause."""
    match phrase:
        case Common():
            return _common(phrase, case, denying)
        case Named():
            form = phrase.name.german
            return [Word(_genitive_name(form) if case == "genitive" else form, phrase)]
        case Pronoun():
            return [Word(_pronoun(phrase, case), phrase)]
        case Indefinite():
            return [Word(phrase.entry.german[_CASE_INDEX[case]], phrase)]
        case Conjoined():
            conjunction = Word("und", FunctionWord(phrase, "conjunction"))
            return [
                *noun_phrase(phrase.first, case),
                conjunction,
                *noun_phrase(phrase.second, case),
            ]


def _pronoun(phrase: Pronoun, case: Case) -> str:
    if phrase.reflexive:
        return phrase.entry.german_reflexive[_CASE_INDEX[case] - 1]
    forms = closed.IT[phrase.gender] if phrase.gender else phrase.entry.german
    return forms[_CASE_INDEX[case]]


def _genitive_name(name: str) -> str:
    return name + ("’" if name.endswith(("s", "x", "z", "ß")) else "s")


def _common(phrase: Common, case: Case, denying: Clause | None) -> Words:
    cell: tuple[Case, str] = (case, "p" if phrase.plural else phrase.gender)
    determiner = closed.NO if denying else phrase.determiner
    words: Words = []
    if isinstance(phrase.possessor, Named):
        words += noun_phrase(phrase.possessor, "genitive")
        determiner = closed.BARE
    else:
        article = determiner.german + closed.DETERMINER_ENDINGS[determiner.endings][cell]
        negation = (NegationWord(denying),) if denying else ()
        words += [Word(article, *negation, DeterminerWord(phrase))] if article else []
    ending = closed.ADJECTIVE_ENDINGS[determiner.adjectives][cell]
    for described in phrase.described:
        words += [*_degree(described), Word(described.adjective.stem + ending, described)]
    words.append(Word(_noun_form(phrase, case), NounWord(phrase)))
    if phrase.possessor and not isinstance(phrase.possessor, Named):
        words += noun_phrase(phrase.possessor, "genitive")
    if phrase.attribute:
        words += prepositional_words(phrase.attribute)
    if phrase.relative:
        words += _relative(phrase, phrase.relative)
    return words


def _noun_form(phrase: Common, case: Case) -> str:
    noun = phrase.noun
    if phrase.plural:
        form = noun.german_plural
        return form + "n" if case == "dative" and form[-1] not in "ns" else form
    return {"nominative": noun.german, "genitive": noun.genitive}.get(case, noun.oblique)


def _relative(phrase: Common, clause: Clause) -> Words:
    number: Gender | str = "p" if phrase.plural else phrase.gender
    before: Words = []
    case: Case = "nominative"
    match clause.gap:
        case "direct":
            case = clause.verb.object_case
        case "place":
            assert isinstance(clause.place, Prepositional)
            case = clause.place.preposition.case
            before = [Word(clause.place.preposition.german, CaseMark(clause.place))]
    if clause.slip == "relative":
        case = "dative" if case == "nominative" else "nominative"
    pronoun = Word(closed.RELATIVE[(case, number)], FunctionWord(clause, "relative"))
    body = clause_words(clause, slipped(clause, "final"), index=HE + 3 * phrase.plural)
    comma = Word(",")
    return [comma, *before, pronoun, *body, comma]
