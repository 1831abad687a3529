"""A derivation in German: the clauses of a sentence, and what joins them."""

from ticketscope.corpus.grammar.derivation import Clause, Sentence, Tense
from ticketscope.corpus.grammar.expressions import FunctionWord, QuestionWord
from ticketscope.corpus.grammar.german_clauses import adjunct_words, clause_words, slipped
from ticketscope.corpus.grammar.german_text import Word, Words, punctuated, text

_CONJUNCTIONS = {"and": "und", "but": "aber", "or": "oder"}


def german(sentence: Sentence) -> str:
    """The German translation: raw text, cased."""
    return text(german_words(sentence))


def german_words(sentence: Sentence) -> Words:
    """The words of the translation, punctuation marks included."""
    main = sentence.main
    first = adjunct_words(sentence.fronted, main) if sentence.fronted else None
    if sentence.subordinator and sentence.subordinate:
        inner = sentence.subordinate
        tense: Tense = "pluperfect" if sentence.subordinator.english == "after" else inner.tense
        subordinate = [
            _subordinator(sentence),
            *clause_words(inner, slipped(inner, "final"), tense),
        ]
        comma = Word(",", FunctionWord(inner, "comma"))
        if sentence.subordinate_first:
            words = [*subordinate, comma, *clause_words(main, slipped(main, "first"))]
        else:
            words = [*_main(main, first), comma, *subordinate]
    elif sentence.question:
        words = _question(main, sentence.question)
    else:
        words = _main(main, first)
    if sentence.coordinated:
        words += _coordinated(sentence.coordinated, sentence.conjunction)
    end = Word("?" if sentence.question else ".", FunctionWord(main, "end"))
    return punctuated(words, end)


def _main(clause: Clause, first: Words | None) -> Words:
    if first is not None:
        return [*first, *clause_words(clause, slipped(clause, "first"))]
    return clause_words(clause, slipped(clause, "second"))


def _coordinated(clause: Clause, conjunction: str) -> Words:
    word = Word(_CONJUNCTIONS[conjunction], FunctionWord(clause, "conjunction"))
    comma = [Word(",", FunctionWord(clause, "comma"))] if conjunction == "but" else []
    return [*comma, word, *_main(clause, None)]


def _subordinator(sentence: Sentence) -> Word:
    assert sentence.subordinator
    assert sentence.subordinate
    past = sentence.subordinate.tense == "past" and sentence.subordinator.past
    form = past or sentence.subordinator.german
    return Word(form, FunctionWord(sentence.subordinate, "subordinator"))


def _question(clause: Clause, question: str) -> Words:
    match question:
        case "yes_no":
            return clause_words(clause, "first")
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
    return [Word(word, QuestionWord(clause)), *clause_words(clause, "first")]
