"""Semantic dependency graphs: both years' columns, and what is refused."""

import pytest
from reader_fixture import assert_malformed, assert_refused, sentences
from reader_samples import SDP_2014, SDP_2015

from ticketscope.annotation.readers import sdp
from ticketscope.annotation.sentence import Arc


@pytest.mark.parametrize("text", [SDP_2015, SDP_2015.replace("2015\n", "2015\n\n"), SDP_2014])
def test_sentences_by_hand(text):
    first, second = sentences(sdp.read, text)
    assert (first.name, first.words) == ("20001001", ("Ann", "wants", "to", "sleep"))
    assert first.lemmas == ("Ann", "want", "to", "sleep")
    assert first.xpos == ("NNP", "VBZ", "TO", "VB")
    assert first.arguments == (Arc(1, 0, "ARG1"), Arc(1, 3, "ARG2"), Arc(3, 0, "ARG1"))
    assert (second.name, second.words, second.arguments) == ("20001002", ("Ja",), ())


def test_the_header_is_no_name():
    (sentence,) = sentences(sdp.read, "#SDP 2015\n1\tJa\t_\tUH\t+\t-\t_")
    assert sentence.name == ""


@pytest.mark.parametrize(
    ("old", "new", "line", "problem"),
    [
        ("\tARG1\tARG1", "\tARG1\t", 3, "fewer than 7 columns, or an empty one"),
        ("3\tto", "4\tto", 5, "id '4' instead of 3"),
        ("1\tJa\t_\tUH\t+\t-\t_\n", "", 8, "it has no words"),
        ("\tto\t", "\t \t", 1, "word 3, ' ', is empty"),
        ("1\tJa\t", "1 Ja\t", 9, "fewer than 7 columns, or an empty one"),
    ],
)
def test_malformed_files_are_refused_where_they_go_wrong(old, new, line, problem):
    assert_refused(sdp.read, SDP_2015.replace(old, new, 1), line, problem)


@pytest.mark.parametrize(
    ("old", "new", "line", "problem"),
    [
        ("#SDP 2015\n", "", 2, "3 columns of arguments after 'pred' for 2 predicates"),
        ("\tARG1\tARG1", "\tARG1", 3, "1 columns of arguments after 'frame' for 2 predicates"),
        ("-\t+\tv:e-i\t", "-\t-\tv:e-i\t", 3, "2 columns of arguments after 'frame' for 1 pred"),
        ("-\t-\tnamed", "-\t?\tnamed", 3, "pred is '?'"),
    ],
)
def test_sentences_with_malformed_arguments_keep_the_rest(old, new, line, problem):
    assert_malformed(sdp.read, SDP_2015.replace(old, new, 1), "arguments", line, problem)
