"""Ids, round trips, the tokenizer's files, and the pieces of words."""

import gzip
import json
import shutil
import warnings

import pytest
import sentencepiece
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from transformers import AutoTokenizer

from ewt_support import ewt_sentences
from tests_support import data_folder
from ticketscope import config
from ticketscope.corpus import grammar
from ticketscope.errors import InputError
from ticketscope.text.vocabulary import Vocabulary, train_sentencepiece
from ticketscope.text.words import RawSentence, join_words

SENTENCES = [text for pair in grammar.pairs("train", 400, 1) for text in pair]
ODD = [
    "",
    " ",
    "</s> <unk> <pad> <s> a</s>",
    "Ⅷ  ﬁx… ½\u200bÜ\u200d é e\u0301 日本 x",
    "<</s>>",
    "▁a▁▁ b",
    "a \0 b\tc\nd",
    "<0x41> \ufffd 👩‍👩‍👧",
]
any_text = st.text(max_size=40) | st.text("ab ½ⅧﬁÄ…\u200b\u0301ｶﾞ日<>/s▁", max_size=25)
quick = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def train(folder, norm, *, kind="bpe", size=400):
    path = folder / f"{kind}-{norm}-{size}.model"
    wanted = config.Vocabulary(kind=kind, size=size, character_coverage=1.0)
    train_sentencepiece(SENTENCES, wanted, norm, path)
    return path


def foreign_model(path, **options):
    """A model made elsewhere, with control symbols and ids of its own."""
    with path.open("wb") as file:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(SENTENCES),
            model_writer=file,
            minloglevel=5,
            num_threads=1,
            **options,
        )
    return path


@pytest.fixture(scope="module", params=["bpe-pre", "bpe-post", "unigram-pre", "bytes-post"])
def vocabulary(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    kind, norm = request.param.split("-")
    if kind == "bytes":
        path = foreign_model(
            folder / "x.model", vocab_size=600, model_type="bpe", byte_fallback=True, pad_id=3
        )
    else:
        path = train(folder, norm, kind=kind)
    return Vocabulary(path, norm)


@pytest.fixture(scope="module")
def tokenizer(vocabulary, tmp_path_factory):
    folder = tmp_path_factory.mktemp("tokenizer")
    vocabulary.save_tokenizer(folder)
    return load_tokenizer(folder)


def load_tokenizer(folder):
    with warnings.catch_warnings():
        # The class asks for sacremoses when made; encoding does not use it.
        warnings.filterwarnings("ignore", "Recommended: pip install sacremoses")
        return AutoTokenizer.from_pretrained(folder)


# ----------------------------------------------------------------------------- training


@pytest.mark.parametrize("kind", ["bpe", "unigram"])
@pytest.mark.parametrize("norm", ["pre", "post"])
def test_training_gives_the_rows_asked_for_the_same_bytes_and_no_chatter(
    tmp_path, kind, norm, capfd
):
    first = train(tmp_path, norm, kind=kind)
    content = first.read_bytes()
    assert train(tmp_path, norm, kind=kind).read_bytes() == content
    vocabulary = Vocabulary(first, norm)
    assert vocabulary.size == 400
    assert capfd.readouterr() == ("", "")
    assert [path.name for path in tmp_path.iterdir()] == [first.name]


@pytest.mark.parametrize("kind", ["bpe", "unigram"])
@pytest.mark.parametrize("norm", ["pre", "post"])
def test_too_large_a_size_names_the_largest_that_works(tmp_path, kind, norm):
    with pytest.raises(InputError, match=r"vocabulary.size: .* set it to ") as caught:
        train(tmp_path, norm, kind=kind, size=50_000)
    largest = int(str(caught.value).split("set it to ")[1].split()[0])
    assert Vocabulary(train(tmp_path, norm, kind=kind, size=largest), norm).size == largest
    with pytest.raises(InputError):
        train(tmp_path, norm, kind=kind, size=largest + 1)


def test_too_small_a_size_names_the_smallest_that_works(tmp_path):
    with pytest.raises(InputError, match="every character") as caught:
        train(tmp_path, "post", size=16)
    smallest = int(str(caught.value).split("set it to ")[1].split()[0])
    assert Vocabulary(train(tmp_path, "post", size=smallest), "post").size == smallest


def test_an_empty_corpus_and_errors_of_the_reader_are_told_as_they_are(tmp_path):
    settings = config.Vocabulary(size=100)
    for nothing in ([], ["", ""], [" ", "\u200b"]):
        with pytest.raises(InputError, match="training text is empty"):
            train_sentencepiece(nothing, settings, "pre", tmp_path / "x")

    def broken():
        yield "a sentence"
        raise InputError("corpus.en, line 2: not UTF-8 text")

    with pytest.raises(InputError, match=r"^corpus.en, line 2: not UTF-8 text$"):
        train_sentencepiece(broken(), settings, "pre", tmp_path / "x")
    assert not list(tmp_path.iterdir())


def test_long_sentences_are_not_left_out(tmp_path):
    settings = config.Vocabulary(size=16, character_coverage=1.0)
    path = tmp_path / "x.model"
    train_sentencepiece(["ab cd " * 2_000 + "z"], settings, "pre", path)
    vocabulary = Vocabulary(path, "pre")
    assert vocabulary.unk_id not in vocabulary.encode(["z"])[0]


# ----------------------------------------------------------------------------- ids and text


def test_special_ids_of_both_layouts(tmp_path):
    post = Vocabulary(train(tmp_path, "post"), "post")
    assert (post.eos_id, post.unk_id, post.pad_id, post.bos_id) == (0, 1, 399, None)
    assert post.decoder_start_id == post.pad_id
    pre = Vocabulary(train(tmp_path, "pre"), "pre")
    assert (pre.bos_id, pre.pad_id, pre.eos_id, pre.unk_id) == (0, 1, 2, 3)
    assert pre.decoder_start_id == pre.eos_id


def test_a_foreign_model_keeps_all_its_pieces_and_none_of_its_ids(tmp_path):
    path = foreign_model(
        tmp_path / "x.model", vocab_size=300, model_type="bpe", unk_id=3, bos_id=-1, eos_id=0,
        pad_id=7, eos_piece="<end>", control_symbols=["<lang>"], user_defined_symbols=["<br>"],
    )  # fmt: skip
    theirs = sentencepiece.SentencePieceProcessor(model_file=str(path))
    ours = Vocabulary(path, "post")
    assert ours.size == 300 - 4 + 3, "all but unk, eos, pad and <lang>; and our three"
    for text in [*SENTENCES[:100], "a <br> b", "a <end> <lang> </s> b"]:
        assert ours.pieces(text) == theirs.encode(text, out_type=str, emit_unk_piece=True)
        assert ours.decode(ours.encode([text])[0]) == theirs.decode(
            [number for number in theirs.encode(text) if number != theirs.unk_id()]
        )


def test_a_model_with_an_ordinary_piece_named_as_a_special_symbol_is_refused(tmp_path):
    path = foreign_model(tmp_path / "x.model", vocab_size=300, user_defined_symbols=["<pad>"])
    with pytest.raises(InputError, match=r"x.model: has an ordinary piece <pad>"):
        Vocabulary(path, "pre")


def test_a_file_that_is_no_model_is_named(tmp_path):
    (tmp_path / "x.model").write_text("not a model")
    with pytest.raises(InputError, match=r"x.model: not a SentencePiece model"):
        Vocabulary(tmp_path / "x.model", "pre")
    with pytest.raises(InputError, match=r"y.model: no such file"):
        Vocabulary(tmp_path / "y.model", "pre")


@pytest.mark.parametrize(
    "end", ["\n", "\r", "\r\n", "\v", "\f", "\x1c", "\x85", "\u2028", "\u2029"]
)
def test_no_text_is_more_than_one_line_whatever_its_pieces_spell(tmp_path, end):
    """With byte fallback a piece stands for a byte, and a foreign model may have any piece."""
    path = foreign_model(
        tmp_path / "x.model", vocab_size=600, byte_fallback=True, user_defined_symbols=[end, "<br>"]
    )
    vocabulary = Vocabulary(path, "post")
    pieces = ["▁a", *(f"<0x{byte:02X}>" for byte in end.encode()), "▁b", end, "<br>", end]
    assert vocabulary.decode_pieces(pieces) == "a  b <br>"
    ids = [vocabulary.names.index(piece) for piece in pieces]
    assert vocabulary.decode(ids) == "a  b <br>"


def test_a_model_with_a_piece_that_is_no_text_is_refused(tmp_path):
    path = foreign_model(tmp_path / "x.model", vocab_size=300, user_defined_symbols=["abcabc"])
    path.write_bytes(path.read_bytes().replace(b"abcabc", b"abc\xffbc"))
    with pytest.raises(
        InputError, match=r"x.model: a piece .* is not valid UTF-8; the file is dam"
    ):
        Vocabulary(path, "post")


def test_text_of_the_corpus_comes_back(vocabulary):
    for text, ids in zip(SENTENCES, vocabulary.encode(SENTENCES), strict=True):
        assert vocabulary.decode(ids) == text
        assert vocabulary.decode([vocabulary.decoder_start_id, *ids, vocabulary.eos_id]) == text
        assert vocabulary.decode_pieces(vocabulary.pieces(text)) == text


@quick
@given(any_text)
def test_no_text_becomes_a_special_id_but_unknown(vocabulary, text):
    ids = vocabulary.encode([text])[0]
    special = {vocabulary.eos_id, vocabulary.pad_id, vocabulary.bos_id}
    assert not special & set(ids)
    assert all(0 <= number < vocabulary.size for number in ids)
    assert vocabulary.decode_pieces(vocabulary.pieces(text)) == vocabulary.decode(ids)


def test_batches_are_encoded_as_single_texts(vocabulary):
    texts = [*SENTENCES[:50], *ODD]
    assert vocabulary.encode(texts) == [vocabulary.encode([text])[0] for text in texts]


# ----------------------------------------------------------------------------- tokenizer files


def assert_same(tokenizer, vocabulary, texts):
    for text, ids in zip(texts, vocabulary.encode(texts), strict=True):
        assert tokenizer(text).input_ids == [*ids, vocabulary.eos_id], text
        full = [*ids, vocabulary.eos_id, vocabulary.pad_id]
        theirs = tokenizer.decode(full, skip_special_tokens=True)
        assert " ".join(theirs.splitlines()) == vocabulary.decode(full), text


def test_the_tokenizer_is_marians_and_knows_the_special_symbols(tokenizer, vocabulary):
    assert type(tokenizer).__name__ == "MarianTokenizer"
    assert len(tokenizer) == vocabulary.size
    assert tokenizer.eos_token_id == vocabulary.eos_id
    assert tokenizer.unk_token_id == vocabulary.unk_id
    assert tokenizer.pad_token_id == vocabulary.pad_id
    assert tokenizer.bos_token_id == vocabulary.bos_id


def test_the_tokenizer_encodes_and_decodes_alike(tokenizer, vocabulary):
    assert_same(tokenizer, vocabulary, [*SENTENCES, *ODD])


@quick
@given(any_text)
@example("a\x85b")
def test_the_tokenizer_encodes_and_decodes_any_text_alike(tokenizer, vocabulary, text):
    if not text.startswith(">>"):
        assert_same(tokenizer, vocabulary, [text])


@pytest.mark.parametrize("norm", ["pre", "post"])
def test_unknown_text_that_spells_the_name_of_a_symbol_stays_unknown(tmp_path, norm):
    path = tmp_path / "x.model"
    train_sentencepiece(["кот и собака"], config.Vocabulary(size=20), norm, path)
    vocabulary = Vocabulary(path, norm)
    vocabulary.save_tokenizer(tmp_path)
    texts = ["</s>", "кот <pad>", "<s>", "<unk>"]
    assert_same(load_tokenizer(tmp_path), vocabulary, texts)
    assert {number for ids in vocabulary.encode(texts) for number in ids} >= {vocabulary.unk_id}
    assert all(vocabulary.eos_id not in ids for ids in vocabulary.encode(texts))


def test_the_one_exception_is_text_that_looks_like_a_language_code(tokenizer, vocabulary):
    text = ">>de<< The man sees a dog."
    assert tokenizer(text).input_ids[:-1] != vocabulary.encode([text])[0]
    assert_same(tokenizer, vocabulary, [">> The man sees a dog.", "The >>de<< man"])


@pytest.mark.parametrize("norm", ["pre", "post"])
@pytest.mark.parametrize("kind", ["bpe", "unigram"])
def test_the_tokenizer_agrees_on_real_text(tmp_path, norm, kind):
    data = data_folder("multi30k")
    lines = []
    for language in ("en", "de"):
        with gzip.open(data / f"val.{language}.gz", "rt", encoding="utf-8") as file:
            lines += file.read().splitlines()
    path = tmp_path / "x.model"
    train_sentencepiece(lines, config.Vocabulary(kind=kind, size=2_000), norm, path)
    vocabulary = Vocabulary(path, norm)
    vocabulary.save_tokenizer(tmp_path / "ticket")
    # Beside a model of the other class, as in a ticket.
    class_name = {"pre": "m2m_100", "post": "marian"}[norm]
    (tmp_path / "ticket" / "config.json").write_text(json.dumps({"model_type": class_name}))
    assert len(lines) == 2_028
    assert_same(load_tokenizer(tmp_path / "ticket"), vocabulary, lines)


def test_saved_tokenizers_are_equal_byte_for_byte(vocabulary, tmp_path):
    for name in ("a", "b"):
        vocabulary.save_tokenizer(tmp_path / name)
    files = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert files == ["source.spm", "target.spm", "tokenizer_config.json", "vocab.json"]
    for name in files:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    # The model file alone is enough to make the vocabulary again.
    shutil.copy(tmp_path / "a" / "source.spm", tmp_path / "again.model")
    norm = "pre" if vocabulary.bos_id is not None else "post"
    again = Vocabulary(tmp_path / "again.model", norm)
    assert again.encode(SENTENCES) == vocabulary.encode(SENTENCES)


# ----------------------------------------------------------------------------- alignment


@st.composite
def cut_sentences(draw):
    """A text cut anywhere into words that leave out nothing but single spaces."""
    parts = draw(st.lists(st.tuples(any_text.filter(bool), st.booleans()), max_size=8))
    return join_words([word for word, _ in parts], [space for _, space in parts])


def processor(vocabulary):
    return vocabulary._sentencepiece


def is_blank(text):
    return not text.strip("▁ ")


@quick
@given(cut_sentences())
def test_every_visible_word_has_pieces_and_every_visible_piece_a_word(vocabulary, sentence):
    aligned = vocabulary.align(sentence)
    assert list(aligned.ids) == vocabulary.encode([sentence.text])[0]
    assert len(aligned.pieces_of_words) == len(sentence.spans)
    for (start, end), pieces in zip(sentence.spans, aligned.pieces_of_words, strict=True):
        assert list(pieces) == sorted(set(pieces))
        visible = not is_blank(processor(vocabulary).normalize(sentence.text[start:end]))
        assert bool(pieces) == visible, sentence.text[start:end]
    surfaces = processor(vocabulary).encode(sentence.text, out_type=str)
    held = {piece for pieces in aligned.pieces_of_words for piece in pieces}
    assert held == {index for index, text in enumerate(surfaces) if not is_blank(text)}


@quick
@given(st.lists(any_text.map(lambda text: "".join(text.split())).filter(bool), max_size=8))
def test_words_between_spaces_have_exactly_the_pieces_that_spell_them(vocabulary, words):
    sentence = join_words(words, [True] * len(words))
    aligned = vocabulary.align(sentence)
    for word, pieces in zip(words, aligned.pieces_of_words, strict=True):
        alone = vocabulary.encode([word])[0]
        surfaces = processor(vocabulary).encode(word, out_type=str)
        visible = [id for id, text in zip(alone, surfaces, strict=True) if not is_blank(text)]
        assert [aligned.ids[index] for index in pieces] == visible


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """Pieces known by hand: words of the training text become whole pieces."""
    path = tmp_path_factory.mktemp("small") / "x.model"
    text = ["don't stop", "VIII fix ...", "a b c d e f g"] * 50
    train_sentencepiece(text, config.Vocabulary(size=50), "pre", path)
    return Vocabulary(path, "pre")


def named(vocabulary, aligned):
    names = processor(vocabulary)
    table = {i: names.id_to_piece(i) for i in range(len(names))}
    ours = dict(zip(vocabulary._our_ids, table.values(), strict=True))
    return [[ours[aligned.ids[index]] for index in pieces] for pieces in aligned.pieces_of_words]


def test_a_piece_that_straddles_two_words_belongs_to_both(small):
    aligned = small.align(RawSentence("don't stop", ((0, 2), (2, 5), (6, 10))))
    assert named(small, aligned) == [["▁don"], ["▁don", "'", "t"], ["▁stop"]]
    assert aligned.pieces_of_words[0][0] == aligned.pieces_of_words[1][0]


def test_characters_that_expand_or_merge_keep_all_their_pieces(small):
    # One character before normalisation, several after it: none may be lost.
    expanded = small.align(RawSentence("a Ⅷ … b", ((0, 1), (2, 3), (4, 5), (6, 7))))
    plain = small.align(RawSentence("a VIII ... b", ((0, 1), (2, 6), (7, 10), (11, 12))))
    assert expanded == plain
    # Two words that normalisation merges into one character share its piece.
    merged = small.align(RawSentence("ae\u0301 b", ((0, 1), (1, 2), (2, 3), (4, 5))))
    assert merged.pieces_of_words[1] == merged.pieces_of_words[2]
    assert merged.pieces_of_words[2] != merged.pieces_of_words[3]


def test_a_word_that_vanishes_has_no_piece(small):
    aligned = small.align(
        RawSentence("a\u200b b \u200b c", ((0, 1), (1, 2), (3, 4), (5, 6), (7, 8)))
    )
    assert [len(pieces) for pieces in aligned.pieces_of_words] == [1, 0, 1, 0, 1]


def test_unknown_characters_have_a_piece_and_spaces_none(small):
    aligned = small.align(RawSentence("a 日本 b", ((0, 1), (2, 3), (3, 4), (5, 6))))
    unknown = [aligned.ids[pieces[-1]] for pieces in aligned.pieces_of_words]
    assert unknown[1:3] == [small.unk_id, small.unk_id]
    assert unknown[0] != small.unk_id != unknown[3]
    assert all(len(pieces) == 1 for pieces in aligned.pieces_of_words)


def test_every_word_of_real_text_has_a_piece(vocabulary):
    """UD English EWT dev with a vocabulary that spells little of it."""
    num_words = num_without = 0
    for words, space_after in ewt_sentences():
        sentence = join_words(words, space_after)
        aligned = vocabulary.align(sentence)
        assert list(aligned.ids) == vocabulary.encode([sentence.text])[0]
        num_words += len(words)
        num_without += sum(not pieces for pieces in aligned.pieces_of_words)
    assert (num_words, num_without) == (25_147, 0)
