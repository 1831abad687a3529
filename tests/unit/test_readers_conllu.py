"""CoNLL-U: what its rows say, what is refused, and the whole English Web Treebank."""

import gzip

import conllu as library
import pytest
from reader_fixture import assert_malformed, assert_refused, num_words, sentences, sentences_of_file
from reader_samples import CONLLU

from tests_support import data_folder
from ticketscope.annotation.readers import conllu
from ticketscope.annotation.sentence import Arc
from ticketscope.text.lines import text_lines
from ticketscope.text.words import join_words


def test_a_sentence_by_hand():
    first, second = sentences(conllu.read, CONLLU)
    assert first.name == "d-1"
    assert first.words == ("I", "do", "n't", ",", "Bo", "_")
    assert first.space_after == (True, False, False, True, True, True)
    assert join_words(first.words, first.space_after).text == "I don't, Bo _"
    assert first.lemmas == ("I", "do", "not", ",", "Bo", "_")
    assert first.upos == ("PRON", "AUX", "PART", "PUNCT", "PROPN", "SYM")
    assert first.xpos == ("PRP", "VBP", "RB", ",", "NNP", "NFP")
    assert first.features == ("Case=Nom|Number=Sing", "_", "_", "_", "_", "_")
    assert first.heads == (1, -1, 1, 1, 1, 4)
    assert first.relations == ("nsubj", "root", "advmod", "punct", "conj", "dep")
    assert first.enhanced == (
        Arc(1, 0, "nsubj"),
        Arc(4, 0, "conj:and"),
        Arc(1, 2, "advmod"),
        Arc(1, 3, "punct"),
    )

    assert second.name == "d-2"
    assert second.words == ("Yes", "!")
    absent = [second.lemmas, second.upos, second.xpos, second.features, second.heads]
    assert [*absent, second.relations, second.enhanced] == [None] * 7


def rows(*rows: str) -> str:
    """Rows of id, form, head and relation among columns of nothing."""
    columns = [row.split() for row in rows]
    return "\n".join("\t".join([*c[:2], *"____", *c[2:], "_", "_"]) for c in columns)


def test_a_lone_underscore_is_a_word_with_a_lemma():
    (sentence,) = sentences(conllu.read, rows("1 _ 0 root"))
    assert (sentence.words, sentence.lemmas) == (("_",), ("_",))


def test_words_that_a_token_contracts_are_run_together():
    (sentence,) = sentences(conllu.read, rows("1-2 zum _ _", "1 zu 0 x", "2 dem 1 y", "3 Tor 1 z"))
    assert join_words(sentence.words, sentence.space_after).text == "zudem Tor"


ROW = "1\ta\ta\tX\tX\t_\t0\troot\t_\t_"


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("# text = a\n1\ta\ta", 2, "3 columns that are not empty instead of 10"),
        (ROW.replace("\troot", "\t"), 1, "9 columns that are not empty"),
        (ROW + "\t_", 1, "11 columns"),
        (ROW.replace("1\t", "2\t"), 1, "id '2' where word 1 should stand"),
        (ROW.replace("1\t", "01\t"), 1, "id '01'"),
        (ROW.replace("1\t", "١\t"), 1, "id '١'"),
        (f"\n{ROW}\n{ROW}", 3, "id '1' where word 2"),
        (f"{ROW}\n{ROW.replace('1', '2.1', 1)}", 2, "id '2.1' where word 2"),
        (rows("2-3 b _ _", "1 a 0 r"), 1, "id '2-3' where word 1"),
        (rows("1-2 ab _ _", "1 a 0 r", "2-3 b _ _"), 3, "id '2-3' where word 2"),
        (rows("1 a 0 r", "2-1 b _ _"), 2, "id '2-1' where word 2"),
        (rows("1 a 0 r", "2-3 b _ _", "2 b 1 r"), 2, "ends past the 2 words"),
        ("\n# sent_id = x\n\n" + ROW, 2, "has no words"),
    ],
)
def test_malformed_rows_are_refused_where_they_stand(text, line, problem):
    assert_refused(conllu.read, text, line, problem)


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        (rows("1 a 0 r", "2 b 3 r"), 2, "head '3' is none of the 2 words"),
        (rows("1 a 0 r", "2 b _ r"), 2, "head '_'"),
        (rows("1 a 0 r", "2 b -1 r"), 2, "head '-1'"),
        (rows("1 a 0 r", "2 b ١ r"), 2, "head '١'"),
        (rows("1 a 0 r", f"2 b {'9' * 5000} r"), 2, "head '999"),
        (ROW.replace("root\t_", "root\t0"), 1, "enhanced dependency '0' is no head"),
        (ROW.replace("root\t_", "root\t0:"), 1, "enhanced dependency '0:'"),
        (ROW.replace("root\t_", "root\t0:root|"), 1, "enhanced dependency ''"),
        (ROW.replace("root\t_", "root\t2:a"), 1, "enhanced dependency '2:a'"),
        (ROW.replace("root\t_", "root\t1.:a"), 1, "enhanced dependency '1.:a'"),
        (f"\n\n# x = y\n{rows('1 a 0 r', '2 b 0 r')}", 4, "2 roots instead of one"),
        (rows("1 a 2 r", "2 b 1 r"), 1, "0 roots"),
        (rows("1 a 0 r", "2 b 3 r", "3 c 2 r"), 1, "a cycle through word 2"),
        (rows("1 a 0 r", "2 b 2 r"), 1, "a cycle through word 2"),
    ],
)
def test_malformed_layers_are_left_out_and_the_sentence_says_so(text, line, problem):
    layer = "enhanced" if "enhanced" in problem else "heads"
    assert_malformed(conllu.read, text, layer, line, problem)


def test_what_is_right_in_a_sentence_with_malformed_heads_is_taken():
    text = rows("1 a 2 r", "2 b 1 r").replace("a\t_\t_\t_", "a\t_\tDET\tDT")
    (sentence,) = sentences(conllu.read, text)
    assert (sentence.heads, sentence.relations) == (None, ("r", "r"))
    assert (sentence.upos, sentence.xpos) == (("DET", "_"), ("DT", "_"))


@pytest.mark.parametrize(
    ("part", "num_sentences", "words", "num_other_texts"),
    # The one text that differs has a no-break space between two words.
    [("train", 12544, 204577, 0), ("dev", 2001, 25147, 0), ("test", 2077, 25094, 1)],
)
def test_the_web_treebank_is_read_whole(part, num_sentences, words, num_other_texts):
    path = data_folder("ud_english_ewt") / f"en_ewt-ud-{part}.conllu.gz"
    found = sentences_of_file(conllu.read, path)
    assert (len(found), num_words(found)) == (num_sentences, words)
    assert len({sentence.name for sentence in found}) == num_sentences

    prefix = "# text = "
    texts = [line[len(prefix) :] for line in text_lines(path) if line.startswith(prefix)]
    rebuilt = [join_words(sentence.words, sentence.space_after).text for sentence in found]
    others = [(mine, text) for mine, text in zip(rebuilt, texts, strict=True) if mine != text]
    assert len(others) == num_other_texts
    assert all(mine == text.replace("\xa0", " ") for mine, text in others)


def test_every_column_is_what_the_library_reads():
    path = data_folder("ud_english_ewt") / "en_ewt-ud-dev.conllu.gz"
    found = sentences_of_file(conllu.read, path)
    with gzip.open(path, "rt", encoding="utf-8") as file:
        theirs = list(library.parse_incr(file))
    for sentence, tokens in zip(found, theirs, strict=True):
        words = [token for token in tokens if isinstance(token["id"], int)]
        assert sentence.name == tokens.metadata["sent_id"]
        assert sentence.words == tuple(word["form"] for word in words)
        assert sentence.lemmas == tuple(word["lemma"] for word in words)
        assert sentence.upos == tuple(word["upos"] for word in words)
        assert sentence.xpos == tuple(word["xpos"] for word in words)
        assert sentence.heads == tuple(word["head"] - 1 for word in words)
        assert sentence.relations == tuple(word["deprel"] for word in words)
        assert sentence.enhanced == tuple(
            Arc(head - 1, index, relation)
            for index, word in enumerate(words)
            for relation, head in word["deps"]
            if isinstance(head, int) and head
        )
        assert sentence.features in (None, tuple(map(_features, words)))


def _features(word: library.Token) -> str:
    return "|".join(f"{name}={value}" for name, value in (word["feats"] or {}).items()) or "_"
