"""Verbs in German: which forms a clause has of its verb, and how they are made."""

from functools import cache

from ticketscope.corpus.grammar.derivation import Clause, Tense
from ticketscope.corpus.grammar.expressions import Expression, FunctionWord, ModalWord
from ticketscope.corpus.grammar.german_text import Word, Words
from ticketscope.corpus.grammar.lexicon import closed
from ticketscope.corpus.grammar.lexicon.closed import Modal

HE = 2
"""The third person singular in tables of forms: ich, du, er, wir, ihr, sie."""


def zu_infinitive(clause: Clause) -> Words:
    zu = FunctionWord(clause, "infinitive")
    if clause.verb.prefix:
        return [Word(clause.verb.zu_infinitive, zu, *_verb_and_particle(clause))]
    form, verb = clause.verb.zu_infinitive.split()
    return [Word(form, zu), _main_verb(verb, clause)]


def verbs(
    clause: Clause, index: int, tense: Tense, modal: Modal | None
) -> tuple[Word, Words, Words]:
    """The finite verb, its separated prefix, and the verbs at the end of the clause."""
    verb = clause.verb
    if modal or tense == "future":
        infinitive = _modal(modal, clause.negated) if modal else "werden"
        bare = [_main_verb(verb.infinitive, clause)]
        if clause.passive:
            bare = _participles(clause, "werden")
        return _auxiliary(infinitive, index, ModalWord(clause)), [], bare
    perfect = FunctionWord(clause, "perfect")
    if tense == "pluperfect":
        infinitive = "past sein" if clause.passive else f"past {verb.auxiliary}"
        return _auxiliary(infinitive, index, perfect), [], _participles(clause, "worden")
    if clause.passive:
        if tense == "perfect":
            return _auxiliary("sein", index, perfect), [], _participles(clause, "worden")
        infinitive = "past werden" if tense == "past" else "werden"
        finite = _auxiliary(infinitive, index, FunctionWord(clause, "passive"))
        return finite, [], [_main_verb(verb.participle, clause)]
    if tense == "past" and (verb is closed.BE or clause.existential):
        return _main_verb(conjugated(f"past {verb.german}", "", index), clause), [], []
    if tense in ("past", "perfect") and not clause.goes_on:
        return _auxiliary(verb.auxiliary, index, perfect), [], _participles(clause, "")
    finite = _main_verb(conjugated(verb.german, verb.changed, index), clause)
    if verb.prefix:
        return Word(finite, clause), [Word(verb.prefix, *finite.of)], []
    return finite, [], []


def _auxiliary(infinitive: str, index: int, of: ModalWord | FunctionWord) -> Word:
    return Word(conjugated(infinitive, "", index), of)


def _participles(clause: Clause, of_passive: str) -> Words:
    """That of the verb, and in the passive this form of *werden* behind it."""
    participle = _main_verb(clause.verb.participle, clause)
    if not clause.passive:
        return [participle]
    return [participle, Word(of_passive, FunctionWord(clause, "passive"))]


def _modal(modal: Modal, negated: bool) -> str:
    return modal.german_denied if negated else modal.german


def _main_verb(form: str, clause: Clause) -> Word:
    """The verb that says what is done, with its prefix if it has one."""
    return Word(form, *_verb_and_particle(clause))


def _verb_and_particle(clause: Clause) -> tuple[Expression, ...]:
    """What a German verb in one word stands for; its prefix alone stands for no less."""
    verb = FunctionWord(clause, "copula") if clause.verb is closed.BE else clause
    return (verb, FunctionWord(clause, "particle")) if clause.verb.particle else (verb,)


def united(prefix: Words, finite: Word) -> Word:
    """The finite verb with its prefix, if it has one, on it."""
    return Word("".join((*prefix, finite)), *(prefix[0] if prefix else finite).of)


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
    if index in (1, HE) and changed:
        stem = changed
    elif stem.endswith(("t", "d", "chn", "fn", "gn", "dn", "tm")):
        stem += "e"
    if index == 1:
        return stem + ("t" if stem[-1] in "sßzx" else "st")
    return stem if index == HE and changed and stem[-1] == "t" else stem + "t"
