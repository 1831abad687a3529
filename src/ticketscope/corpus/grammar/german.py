"""A derivation in German.

Three orders of the clause: the finite verb second, first or last. Between the finite verb and what
stands at the end lies the middle field: subject (unless it stands first), pronouns, stance (before
nicht where there is one), time, indirect object, other adjuncts, direct object, negation, what the
verb governs, place, predicate.
An adjunct stands before the direct object and an attribute behind it, so that what is attached
where can be seen.
"""

from dataclasses import replace
from functools import cache
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
    Sentence,
    Time,
    is_plural,
    person,
    pronoun_code,
)
from ticketscope.corpus.grammar.lexicon import closed
from ticketscope.corpus.grammar.lexicon.closed import Modal
from ticketscope.corpus.grammar.lexicon.entries import Adverb, Case, Gender

Order = Literal["second", "first", "final"]
Words = list[str]

_HE = 2
"""The third person singular in tables of forms: ich, du, er, wir, ihr, sie."""
_CASE_INDEX = {"nominative": 0, "accusative": 1, "dative": 2}
_OBLIGED = Modal("", "sollen", "sollen", "", 0)
_CONJUNCTIONS = {"and": ["und"], "but": [",", "aber"], "or": ["oder"]}


def german(sentence: Sentence) -> str:
    """The German translation: raw text, cased."""
    main = sentence.main
    first = _adjunct(sentence.fronted) if sentence.fronted else None
    words: Words = []
    if sentence.subordinator and sentence.subordinate:
        inner = sentence.subordinate
        if sentence.subordinator.english == "after":
            inner = replace(inner, tense="pluperfect")
        subordinate = [_subordinator(sentence), *_clause(inner, _slipped(inner, "final"))]
        if sentence.subordinate_first:
            words = [*subordinate, ",", *_clause(main, _slipped(main, "first"))]
        else:
            words = [*_main(main, first), ",", *subordinate]
    elif sentence.question:
        words = _question(main, sentence.question)
    else:
        words = _main(main, first)
    if sentence.coordinated:
        words += [*_CONJUNCTIONS[sentence.conjunction], *_main(sentence.coordinated, None)]
    return written(words, "?" if sentence.question else ".")


def written(words: Words, end: str) -> str:
    """Commas close up to the word before; none is doubled and none stands before the end."""
    text = ""
    for word in words:
        if word == ",":
            text = text if text.endswith(",") else text + ","
        else:
            text += " " * bool(text) + word
    text = text.removesuffix(",")
    return text[0].upper() + text[1:] + end


def _main(clause: Clause, first: Words | None) -> Words:
    if first is not None:
        return [*first, *_clause(clause, _slipped(clause, "first"))]
    return _clause(clause, _slipped(clause, "second"))


def _slipped(clause: Clause, order: Order) -> Order:
    if clause.slip != "order":
        return order
    return "second" if order == "final" else "final"


def _subordinator(sentence: Sentence) -> str:
    assert sentence.subordinator
    assert sentence.subordinate
    past = sentence.subordinate.tense == "past" and sentence.subordinator.past
    return past or sentence.subordinator.german


def _question(clause: Clause, question: str) -> Words:
    match question:
        case "yes_no":
            return _clause(clause, "first")
        case "who":
            word = "wer"
        case "whom":
            word = {"accusative": "wen", "dative": "wem"}[clause.verb.object_case]
        case "what":
            word = "was"
        case "where":
            word = "wo"
        case _:
            word = "wohin"
    return [word, *_clause(clause, "first")]


# ----------------------------------------------------------------------------- clauses


def _clause(clause: Clause, order: Order, index: int = _HE) -> Words:
    """`index`: the person of a subject that is not said here."""
    if clause.subject:
        index = _index(clause.subject)
    if clause.existential:
        index = _HE
    if clause.slip == "agreement":
        index = (index + 3) % 6
    finite, prefix, tail = _verbs(clause, index)
    subject = ["es"] if clause.existential else []
    if clause.subject:
        subject = noun_phrase(clause.subject, "nominative")
    middle = _middle_field(clause)
    if clause.slip == "prefix":
        finite, prefix = prefix + finite, ""
    end = [prefix] if prefix else []
    match order:
        case "second":
            words = [*subject, finite, *middle, *tail, *end]
        case "first":
            words = [finite, *subject, *middle, *tail, *end]
        case "final":
            words = [*subject, *middle, *tail, prefix + finite]
    if clause.joined:
        words += ["und", *_clause(clause.joined, "final" if order == "final" else "first", index)]
    if clause.content:
        words += _content(clause.content)
    return words


def _index(phrase: Phrase) -> int:
    return person(phrase) - 1 + 3 * is_plural(phrase)


def _content(content: Content) -> Words:
    clause = content.clause
    if content.kind == "to" and not content.as_clause:
        return [",", *_middle_field(clause), clause.verb.zu_infinitive, ","]
    conjunction = "ob" if content.kind == "whether" else "dass"
    if content.kind != "to":
        return [",", conjunction, *_clause(clause, _slipped(clause, "final")), ","]
    assert content.controller
    subject = closed.PERSONAL[pronoun_code(content.controller)]
    if content.as_clause == "obliged":
        clause = replace(clause, modal=_OBLIGED)
    finite, prefix, tail = _verbs(clause, _index(content.controller))
    return [
        ",",
        conjunction,
        subject.german[0],
        *_middle_field(clause),
        *tail,
        prefix + finite,
        ",",
    ]


def _verbs(clause: Clause, index: int) -> tuple[str, str, Words]:
    """The finite verb, its separated prefix, and the verbs at the end of the clause."""
    verb = clause.verb
    bare = [verb.participle, "werden"] if clause.passive else [verb.infinitive]
    if clause.modal:
        modal = clause.modal.german_denied if clause.negated else clause.modal.german
        return conjugated(modal, "", index), "", bare
    if clause.tense == "future":
        return conjugated("werden", "", index), "", bare
    if clause.tense == "pluperfect":
        participles = [verb.participle, "worden"] if clause.passive else [verb.participle]
        auxiliary = "sein" if clause.passive else verb.auxiliary
        return conjugated(f"past {auxiliary}", "", index), "", participles
    if clause.passive:
        if clause.tense == "perfect":
            return conjugated("sein", "", index), "", [verb.participle, "worden"]
        tense = "past werden" if clause.tense == "past" else "werden"
        return conjugated(tense, "", index), "", [verb.participle]
    if clause.tense == "past" and (verb is closed.BE or clause.existential):
        return conjugated(f"past {verb.german}", "", index), "", []
    if clause.tense in ("past", "perfect") and not clause.goes_on:
        return conjugated(verb.auxiliary, "", index), "", [verb.participle]
    return conjugated(verb.german, verb.changed, index), verb.prefix, []


@cache
def conjugated(infinitive: str, changed: str, index: int) -> str:
    """Present tense of a verb without its prefix; persons 0 to 5 are ich, du, er, wir, ihr, sie."""
    if infinitive in closed.IRREGULAR:
        return closed.IRREGULAR[infinitive][index]
    stem = infinitive.removesuffix("n").removesuffix("e")
    if index in (3, 5):
        return infinitive
    if index == 0:
        return stem + "e"
    if index in (1, _HE) and changed:
        stem = changed
    elif stem.endswith(("t", "d", "chn", "fn", "gn", "dn", "tm")):
        stem += "e"
    if index == 1:
        return stem + ("t" if stem[-1] in "sßzx" else "st")
    return stem if index == _HE and changed and stem[-1] == "t" else stem + "t"


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
        direct = noun_phrase(clause.direct, verb.object_case, takes_kein)
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
        layers[_layer(adjunct)].extend(_adjunct(adjunct))
    stance = layers[_STANCE]
    return [
        *pronouns,
        *(() if negation else stance),
        *layers[_TIME],
        *indirect,
        *(_prepositional(clause.agent) if clause.agent else ()),
        *layers[_OTHER],
        *direct,
        *((*stance, "nicht") if negation else ()),
        *(_governed(clause) if clause.governed else ()),
        *(_adjunct(clause.place) if clause.place and clause.gap != "place" else ()),
        *(_described(clause.predicate) if clause.predicate else ()),
    ]


def _negatable(phrase: Phrase) -> bool:
    """Whether its article becomes kein."""
    return (
        isinstance(phrase, Common) and phrase.determiner.negation == "kein" and not phrase.possessor
    )


def _adjunct(adjunct: Adjunct) -> Words:
    match adjunct:
        case Time():
            return [adjunct.german]
        case Adverb():
            return [adjunct.german]
        case Prepositional():
            return _prepositional(adjunct)


def _governed(clause: Clause) -> Words:
    assert clause.governed
    words = noun_phrase(clause.governed, clause.verb.object_case)
    return _with_preposition(clause.verb.preposition[1], clause.governed, words)


def _prepositional(adjunct: Prepositional) -> Words:
    use, phrase = adjunct.preposition, adjunct.object
    assert phrase
    words = noun_phrase(phrase, use.case)
    words = _with_preposition(use.german, phrase, words) if use.german else words
    return [*words, use.suffix] if use.suffix else words


def _with_preposition(preposition: str, phrase: Phrase, words: Words) -> Words:
    """One of two joined phrases takes no contraction: von dem Hafen und den Schiffen."""
    if isinstance(phrase, Conjoined):
        return [preposition, *words]
    contracted = closed.CONTRACTIONS.get(f"{preposition} {words[0]}")
    return [contracted, *words[1:]] if contracted else [preposition, *words]


def _described(described: Described) -> Words:
    degree = [described.degree.german] if described.degree else []
    return [*degree, described.adjective.german]


# ----------------------------------------------------------------------------- phrases


def noun_phrase(phrase: Phrase, case: Case, kein: bool = False) -> Words:
    """A phrase in a case, perhaps with `kein` in place of its article."""
    match phrase:
        case Common():
            return _common(phrase, case, kein)
        case Named():
            return [
                _genitive_name(phrase.name.german) if case == "genitive" else phrase.name.german
            ]
        case Pronoun():
            return [_pronoun(phrase, case)]
        case Indefinite():
            return [phrase.entry.german[_CASE_INDEX[case]]]
        case Conjoined():
            return [*noun_phrase(phrase.first, case), "und", *noun_phrase(phrase.second, case)]


def _pronoun(phrase: Pronoun, case: Case) -> str:
    if phrase.reflexive:
        return phrase.entry.german_reflexive[_CASE_INDEX[case] - 1]
    forms = closed.IT[phrase.gender] if phrase.gender else phrase.entry.german
    return forms[_CASE_INDEX[case]]


def _genitive_name(name: str) -> str:
    return name + ("’" if name.endswith(("s", "x", "z", "ß")) else "s")


def _common(phrase: Common, case: Case, kein: bool) -> Words:
    cell: tuple[Case, str] = (case, "p" if phrase.plural else phrase.gender)
    determiner = closed.NO if kein else phrase.determiner
    words: Words = []
    if isinstance(phrase.possessor, Named):
        words.append(_genitive_name(phrase.possessor.name.german))
        determiner = closed.BARE
    else:
        article = determiner.german + closed.DETERMINER_ENDINGS[determiner.endings][cell]
        words += [article] if article else []
    ending = closed.ADJECTIVE_ENDINGS[determiner.adjectives][cell]
    for described in phrase.described:
        words += [described.degree.german] if described.degree else []
        words.append(described.adjective.stem + ending)
    words.append(_noun_form(phrase, case))
    if phrase.possessor and not isinstance(phrase.possessor, Named):
        words += noun_phrase(phrase.possessor, "genitive")
    if phrase.attribute:
        words += _prepositional(phrase.attribute)
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
            case, before = clause.place.preposition.case, [clause.place.preposition.german]
    if clause.slip == "relative":
        case = "dative" if case == "nominative" else "nominative"
    pronoun = closed.RELATIVE[(case, number)]
    index = _HE + 3 * phrase.plural
    return [",", *before, pronoun, *_clause(clause, _slipped(clause, "final"), index), ","]
