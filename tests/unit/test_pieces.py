"""Words found in pieces by characters alone: by hand, and as SentencePiece's own offsets say."""

import io
import random
import re
import unicodedata

import pytest
import sentencepiece
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ewt_support import ewt_sentences
from tests_support import data_folder
from ticketscope.corpus import grammar
from ticketscope.text.pieces import pieces_of_words
from ticketscope.text.vocabulary import Vocabulary
from ticketscope.text.words import RawSentence, join_words

SENTENCES = [text for pair in grammar.pairs("train", 400, 1) for text in pair]
WORD = re.compile(r"\w+|[^\w\s]")


def in_words(text, pattern=WORD):
    return RawSentence(text, tuple(match.span() for match in pattern.finditer(text)))


def held(text, *surfaces):
    """The pieces of words between blanks."""
    return pieces_of_words(in_words(text, re.compile(r"\S+")), surfaces)


# ----------------------------------------------------------------------------- by hand


@pytest.mark.parametrize("blank", [" ", ""])
def test_pieces_that_spell_the_text_are_found_with_and_without_blanks(blank):
    assert held("Some don't", blank + "So", "me", blank + "d", "on", "'t") == ((0, 1), (2, 3, 4))
    straddling = RawSentence("don't", ((0, 2), (2, 5)))
    assert pieces_of_words(straddling, [blank + "don", "'t"]) == ((0,), (0, 1))


def test_a_piece_of_blanks_belongs_to_no_word():
    assert held("a  b", " ", "a", " ", "b") == ((1,), (3,))
    assert held("a b", "a", " b", " ") == ((0,), (1,))


def test_a_character_of_several_bytes_is_held_by_all_its_pieces():
    euro = [b"\xe2", b"\x82", b"\xac"]
    assert held("5 € ab", " 5", " ", *euro, b" ", "ab") == ((0,), (2, 3, 4), (6,))
    # Pieces of a byte-level vocabulary cut characters anywhere.
    assert held("é日 é", b"\xc3", b"\xa9\xe6\x97", b"\xa5 ", b"\xc3\xa9") == ((0, 1, 2), (3,))


@pytest.mark.parametrize(
    ("text", "surfaces", "expected"),
    [
        ("½ Ⅷ …", ("1⁄2", " V", "III", " ..."), ((0,), (1, 2), (3,))),
        ("Ä\u0308h É", ("ä", "\u0308", "h", " é"), ((0, 1, 2), (3,))),
        ("re\u0301e E", (" rée", " E"), ((0,), (1,))),
        ("réé E", ("re", "\u0301", "e\u0301", " e"), ((0, 1, 2), (3,))),
        ("ﬁx ﬁ", ("f", "ix", " f", "i"), ((0, 1), (2, 3))),
        ("ẞ İI", ("ß", " i\u0307", "i"), ((0,), (1, 2))),
        ("한 각", ("\u1112\u1161", "\u11ab", " 각"), ((0, 1), (2,))),
    ],
)
def test_what_normalisation_and_lower_case_change_is_found(text, surfaces, expected):
    assert held(text, *surfaces) == expected


def test_what_vanishes_has_no_piece_and_does_not_shift_the_rest():
    assert held("a\u200d \u200e b\x01c", "a", " b", "c") == ((0,), (), (1, 2))
    assert held("כַּף רֶגֶל", "כף", " ר", "גל") == ((0,), (1, 2))  # vowel signs left out
    assert held("a b") == ((), ())


def test_what_becomes_something_else_stays_in_its_word():
    assert held("you & me", "you", " an", "d", " me") == ((0,), (1, 2), (3,))
    assert held("„Ja“, sagt er", '"', "Ja", '"', ",", " sagt", " er") == ((0, 1, 2, 3), (4,), (5,))
    assert held("體育 好", "体", "育", " ", "好") == ((0, 1), (3,))


def test_an_unknown_piece_stands_for_one_character_or_several():
    assert held("x ☃☃ y☃", "x", " ", None, " y", None) == ((0,), (2,), (3, 4))
    assert held("☃☃", None, None) == ((0, 1),)
    assert held("☃日", None) == ((0,),)
    # What is known beside it may be changed as well.
    assert held("ÄB☃ ﬁ\x01☃ é", "äb", None, " f", "i", None, " é") == (
        (0, 1),
        (2, 3, 4),
        (5,),
    )


def test_transformers_31437_and_tokenizers_1663_words_do_not_all_become_the_first():
    """Fast tokenizers gave 0 as the word of every piece, and shifted words behind a diacritic; the
    alignment reads neither word ids nor offsets."""
    text = "Ba\u0301nh mi\u0300 n\u0303ame"
    pieces = ("bánh", " m", "ì", " ña", "me")
    assert held(text, *pieces) == ((0,), (1, 2), (3, 4))


# ----------------------------------------------------------------------------- SentencePiece's word


@pytest.fixture(scope="module", params=["nmt_nfkc-b", "nmt_nfkc_cf-u", "nfkc-u", "identity-b"])
def vocabulary(request, tmp_path_factory):
    rule, kind = request.param.split("-")
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(SENTENCES),
        model_writer=model,
        model_type={"u": "unigram", "b": "bpe"}[kind],
        byte_fallback=kind == "b",
        vocab_size=500,
        normalization_rule_name=rule,
        minloglevel=5,
        num_threads=1,
    )
    path = tmp_path_factory.mktemp(request.param) / "x.model"
    path.write_bytes(model.getvalue())
    return Vocabulary(path, "post")


def surfaces_of(vocabulary, text, *, unknown):
    """What pieces spell; with `unknown` a hidden surface where the vocabulary has none."""
    processor = vocabulary._sentencepiece
    ids, names = processor.encode(text), processor.encode(text, out_type=str)
    return [
        bytes([int(name[3:5], 16)])
        if processor.is_byte(number)
        else None
        if unknown and processor.is_unknown(number)
        else name.replace("▁", " ")
        for number, name in zip(ids, names, strict=True)
    ]


def differing(vocabulary, sentences, *, unknown=False):
    """Texts of which a word has other pieces than by SentencePiece's offsets."""
    return [
        sentence.text
        for sentence in sentences
        if pieces_of_words(sentence, surfaces_of(vocabulary, sentence.text, unknown=unknown))
        != vocabulary.align(sentence).pieces_of_words
    ]


nasty = (
    st.text(max_size=30)
    | st.text("ab ½ⅧﬁÄ…\u200b\u0301ｶﾞ日<>/s\t", max_size=25)
    | st.text("aE ̈́ößİΣς\u200d\ufeff´각👩\u1112\u1161\u3000", max_size=25)
)


@settings(max_examples=30)
@given(nasty)
@example("İ ẞ ½ ﬁ e\u0301 각 \u200b👩\u200d👧 \x01a")
def test_words_of_nasty_text_have_the_pieces_that_offsets_give_them(vocabulary, text):
    assert not differing(vocabulary, [in_words(text)])


def written_otherwise(text, draw):
    """The same sentence as somebody else may have typed it."""
    text = draw.choice([str, str.upper, str.title])(text)
    form = draw.choice(["NFC", "NFD", "NFKC"])
    return unicodedata.normalize(form, text).replace(" ", draw.choice([" ", "  ", "\u00a0"]))


@pytest.mark.slow
def test_words_of_real_sentences_have_the_pieces_that_offsets_give_them(vocabulary):
    draw = random.Random(3)
    german = (data_folder("wmt_test") / "newstest2014.de").read_text(encoding="utf-8").splitlines()
    english = [join_words(*words) for words in ewt_sentences()]
    again = [in_words(written_otherwise(text, draw)) for text in german[:500]]
    sentences = [*map(in_words, german[:1000]), *english[:1000], *again]
    assert not differing(vocabulary, sentences)
    # Hidden surfaces: this vocabulary was made of a few thousand words and knows no ä in capitals.
    assert not differing(vocabulary, [*map(in_words, german[:1000]), *english], unknown=True)
