"""The English of the generated corpus is right: every sentence has a reading by its rules.

The rules are in `english_checker`, which does not know how the sentences were made; the sentences
here show what it refuses.
"""

import pytest
from english_checker import grammatical

from ticketscope.corpus.grammar import translated

NUM_SENTENCES = 3_000


@pytest.fixture(scope="module")
def corpus() -> list[str]:
    return [item.english for item in translated("train", NUM_SENTENCES, 22)]


def test_every_sentence_is_english(corpus):
    wrong = [sentence for sentence in corpus if not grammatical(sentence)]
    assert not wrong, "\n".join(wrong[:20])


def test_every_construction_is_met(corpus):
    """The corpus holds what the checker is for."""
    text = " ".join(f" {sentence[:-1]} " for sentence in corpus)
    words = "a an do does did not cannot has have been be is are was were who that to by there 's"
    for word in words.split():
        assert f"{word} " in text, word


WRONG = """
The men sleeps. | number of the verb
The man sleep. | number of the verb
I sleeps. | person of the verb
She are happy. | person of be
I is happy. | person of be
There is two dogs in the house. | number of what exists
A old man sleeps. | an before a vowel
An big man sleeps. | a before a consonant
An university is new. | a university
He waited for a hour. | an hour
Man sleeps. | a determiner is missing
A men sleep. | number behind a
These man sleep. | number behind these
Many dog sleep. | number behind many
Every dogs sleep. | number behind every
He sees she. | case of the object
Him sees the dog. | case of the subject
He sees not the dog. | do is missing
He does not sees the dog. | bare verb behind does
He do not see the dog. | number of do
He did not saw the dog. | bare verb behind did
He can sees the dog. | bare verb behind a modal
He must to see the dog. | no to behind a modal
He can not see the dog. | cannot is one word
He has see the dog. | participle behind has
He have seen the dog. | number of have
The dog is see by the man. | participle of the passive
The dog was been seen. | two passives
He tries sleep. | to is missing
He tries to sleeps. | bare verb behind to
Sees he the dog? | a question needs do
Does he sees the dog? | bare verb in a question
Do he see the dog? | number of do in a question
He sees the dog? | order of a question
Does he see the dog. | mark of a question
Who do see the dog? | do beside a subject that asks
Who see the dog? | number behind who
he sees the dog. | capital at the beginning
He Sees the dog. | capital inside
He sees tom. | name without a capital
He sees  the dog. | two spaces
He sees the dog . | space before the mark
He sees the the dog. | a word twice
He sees the dog | no mark
He sees the dog, because it sleeps. | comma before a subordinate clause
Because it sleeps he sees the dog. | no comma behind one
He gives to the man. | an object is missing
He gives the man. | an object is missing
He sleeps the dog. | an object too many
The man which sleeps laughs. | which of a person
The man who sleep laughs. | number in a relative clause
The book that I find it is good. | an object in place of the gap
He turns off it quickly him. | an object too many
He lives. | a place is missing
He knows that sleeps. | a subject is missing
The students's book is good. | genitive of a plural
"""


@pytest.mark.parametrize("row", WRONG.strip().splitlines())
def test_the_checker_refuses(row):
    sentence, _, reason = row.partition(" | ")
    assert not grammatical(sentence), reason
