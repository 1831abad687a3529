"""What the readers share: blocks of lines, places in errors, comments, spaces."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketscope.annotation.readers.blocks import (
    Block,
    at,
    blocks,
    comment,
    not_empty,
    refused,
    spaces_of_text,
)
from ticketscope.annotation.sentence import AnnotatedSentence
from ticketscope.errors import InputError
from ticketscope.text.words import join_words

words_of_text = st.text(st.characters(exclude_categories=("Z", "C")), min_size=1, max_size=4)


@given(st.lists(st.sampled_from(["", " ", "\t", "a", "b c"])))
def test_blocks_hold_every_line_with_something_in_it_at_its_place(lines):
    found = list(blocks(lines))
    numbered = [pair for block in found for pair in block.numbered()]
    assert numbered == [pair for pair in enumerate(lines, start=1) if pair[1].strip()]
    for block, following in pairwise(found):
        assert block.first_line + len(block.lines) < following.first_line


def test_an_error_names_file_line_and_remedy():
    assert str(refused("a.tsv", 7, "no tag", "add one")) == "a.tsv:7: no tag; add one"


def test_errors_from_below_get_their_place():
    message = r"^a\.tsv:7: annotation of '': it has no words"
    with pytest.raises(InputError, match=message), at("a.tsv", 7):
        AnnotatedSentence(words=())


def test_only_errors_of_the_input_get_a_place():
    with pytest.raises(KeyError, match=r"^'bug'$"), at("a.tsv", 7):
        raise KeyError("bug")


def test_no_sentences_are_refused():
    sentence = AnnotatedSentence(words=("a",))
    assert list(not_empty("a.tsv", [sentence])) == [sentence]
    with pytest.raises(InputError, match=r"^a\.tsv: holds no sentences; "):
        list(not_empty("a.tsv", []))


def test_comments_have_names_and_values():
    block = Block(1, ("# newdoc", "# sent_id = x = y ", "#text=a b", "1\t# sent_id = no"))
    assert comment(block, "sent_id") == "x = y"
    assert comment(block, "text") == "a b"
    assert comment(block, "newdoc id") == comment(block, "newdoc") == ""


@given(st.lists(st.tuples(words_of_text, st.booleans()), min_size=1))
def test_spaces_are_those_of_the_text(pairs):
    words = [word for word, _ in pairs]
    text = join_words(words, [space for _, space in pairs]).text
    spaces = spaces_of_text(words, text)
    assert spaces is not None
    assert spaces[:-1] == tuple(space for _, space in pairs[:-1])
    assert join_words(words, spaces).text == text


@pytest.mark.parametrize("text", ["", "a", "a c", "a bc", "ba b"])
def test_words_that_do_not_spell_the_text_have_no_spaces(text):
    assert spaces_of_text(["a", "b"], text) is None
