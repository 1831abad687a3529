"""What goes wrong silently with tokenizers of others (reports by number), made again offline: each
ends in the right ids or in one line that says what is wrong."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import sentencepiece
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

from ticketscope.errors import InputError
from ticketscope.networks.tokenizers import StoredIds, open_tokenizer
from ticketscope.text.tokenizer import Conventions
from ticketscope.text.words import join_words
from tokenizer_kinds import (
    EN_DE,
    SENTENCES,
    TAGS,
    edit_json,
    marian_oracle,
    pieces_of,
    sentencepiece_model,
    write_bart,
    write_json,
    write_m2m100,
    write_madlad,
    write_marian,
    write_mbart,
    write_mbart50,
    write_nllb,
    write_t5,
)

NONE = Conventions()


def refusal(folder: Path, stored: StoredIds, conventions: Conventions = NONE) -> str:
    with pytest.raises(InputError) as error:
        open_tokenizer(folder, stored, conventions)
    message = str(error.value)
    assert "\n" not in message
    return message.replace(f"{folder}/", "")


# ----------------------------------------------------------------------------- codes


@pytest.mark.parametrize("legacy", [False, True])
def test_19943_22313_31348_the_code_stands_where_the_settings_say_it(tmp_path, legacy):
    """The post-processor that is stored may be of the other way, as in files of old versions."""
    stored = write_nllb(tmp_path, legacy=legacy)
    content = json.loads((tmp_path / "tokenizer.json").read_text(encoding="utf-8"))
    stands_first = "SpecialToken" in content["post_processor"]["single"][0]
    assert stands_first == legacy  # the wrong end
    frame = open_tokenizer(tmp_path, stored, EN_DE["nllb"]).frame
    code = content["post_processor"]["special_tokens"]["eng_Latn"]["ids"][0]
    assert (frame.source_before, frame.source_after) == (
        ((), (2, code)) if legacy else ((code,), (2,))
    )


def test_without_a_class_the_file_is_asked_where_the_code_stands(tmp_path):
    stored = write_nllb(tmp_path)  # its post-processor puts the code behind
    (tmp_path / "tokenizer_config.json").unlink()
    frame = open_tokenizer(tmp_path, stored, EN_DE["nllb"]).frame
    assert (len(frame.source_before), len(frame.source_after)) == (0, 2)
    edit_json(tmp_path / "tokenizer.json", post_processor=None)
    assert refusal(tmp_path, stored, EN_DE["nllb"]) == (
        "tokenizer.json: does not say where the language code stands; name the tokenizer_class in "
        "tokenizer_config.json, such as NllbTokenizer or MBart50Tokenizer"
    )


def test_a_code_that_is_missing_or_misspelt_is_never_the_unknown_symbol(tmp_path):
    stored = write_nllb(tmp_path)
    assert refusal(tmp_path, stored, Conventions("eng_Latn", "deu_Lat")).startswith(
        "target_code: tokenizer.json does not know the language code 'deu_Lat'; give one of the "
        "202 that it knows, such as deu_Latn"
    )
    # transformers would take the code of the source for the target.
    told = refusal(tmp_path, stored, Conventions("en", "de"))
    assert told.endswith("such as eng_Latn"), "codes that begin so are named first"
    assert refusal(tmp_path, stored, Conventions("eng_Latn")).startswith("target_code is missing:")
    assert refusal(tmp_path, stored).startswith("source_code is missing:")


def test_a_code_where_there_is_none_is_refused(tmp_path):
    assert refusal(tmp_path, write_t5(tmp_path), Conventions(target_code="de")) == (
        "target_code: tokenizer.json has no language codes; leave 'de' out, or give a prefix if "
        "the network was trained with one"
    )


def test_41521_the_target_code_decides_what_is_forced(tmp_path):
    stored = write_mbart50(tmp_path)
    frames = [
        open_tokenizer(tmp_path, replace(stored, forced_bos=forced), EN_DE["mbart"]).frame
        for forced in (None, 4)
    ]
    assert frames[0] == frames[1]


def test_nllb_from_its_sentencepiece_model_alone_is_refused(tmp_path):
    (tmp_path / "sentencepiece.bpe.model").write_bytes(sentencepiece_model(kind="bpe"))
    stored = StoredIds("m2m_100", 506, 506, pad=1, eos=2, decoder_start=2)
    assert refusal(tmp_path, stored, EN_DE["nllb"]) == (
        "sentencepiece.bpe.model: does not hold the language codes; take tokenizer.json of the "
        "same network, too (AutoTokenizer of transformers writes it by save_pretrained)"
    )


# ----------------------------------------------------------------------------- rows


def test_11336_a_piece_without_a_row_is_unknown_and_no_other_row_is_taken(tmp_path):
    stored = write_marian(tmp_path)
    ids = json.loads((tmp_path / "vocab.json").read_text(encoding="utf-8"))
    whole = open_tokenizer(tmp_path, stored, NONE)
    absent = [name for name in ids if name.startswith("▁t")][:5]
    write_json(
        tmp_path / "vocab.json", {name: row for name, row in ids.items() if name not in absent}
    )
    tokenizer = open_tokenizer(tmp_path, stored, NONE)
    gone = {ids[name] for name in absent}
    for before, after in zip(
        whole.source.encode(SENTENCES), tokenizer.source.encode(SENTENCES), strict=True
    ):
        assert after == [1 if row in gone else row for row in before]
    assert "source 5 pieces of source.spm have no row and are unknown" in tokenizer.name
    oracle = marian_oracle(tmp_path)
    assert [[*ids, 0] for ids in tokenizer.source.encode(SENTENCES[:50])] == oracle(
        SENTENCES[:50]
    ).input_ids


def test_what_one_side_does_not_know_may_be_a_piece_of_the_other(tmp_path):
    """As in Marian: a stretch of text is looked up as it is."""
    stored = write_marian(tmp_path)
    ids = json.loads((tmp_path / "vocab.json").read_text(encoding="utf-8"))
    free = next(name for name in ids if name.startswith("▁"))
    row = ids.pop(free)
    write_json(tmp_path / "vocab.json", {"☃": row, **ids})
    tokenizer = open_tokenizer(tmp_path, stored, NONE)
    assert row in tokenizer.source.encode(["the ☃"])[0]
    edit_json(tmp_path / "tokenizer_config.json", sp_model_kwargs={"emit_unk_piece": True})
    tokenizer = open_tokenizer(tmp_path, stored, NONE)
    assert row not in tokenizer.source.encode(["the ☃"])[0]
    assert marian_oracle(tmp_path)("the ☃").input_ids == [*tokenizer.source.encode(["the ☃"])[0], 0]


def test_hf_trim_3_codes_that_are_added_again_beyond_the_embedding_are_refused(tmp_path):
    stored = write_nllb(tmp_path)
    content = json.loads((tmp_path / "tokenizer.json").read_text(encoding="utf-8"))
    codes = sorted(token["id"] for token in content["added_tokens"] if "_" in token["content"])
    # Only some of the codes have rows: eng_Latn has one, deu_Latn too, zul_Latn has not.
    trimmed = replace(stored, source_rows=codes[-1], target_rows=codes[-1])
    open_tokenizer(tmp_path, trimmed, EN_DE["nllb"])
    assert refusal(tmp_path, trimmed, Conventions("eng_Latn", "zul_Latn")) == (
        f"tokenizer.json: a special symbol or language code has the id {codes[-1]}, but the "
        f"embedding of the decoder has {codes[-1]} rows; where a vocabulary was trimmed, its "
        "tokenizer must have been saved without the codes that were left out"
    )


def test_hf_trim_6_a_vocabulary_that_is_too_large_or_has_gaps(tmp_path):
    stored = write_t5(tmp_path)
    assert refusal(tmp_path, replace(stored, source_rows=290)).endswith(
        "has the id 290, but the embedding of the encoder has 290 rows; take the tokenizer that "
        "was stored with the network"
    )
    tokenizer = open_tokenizer(tmp_path, stored, NONE)  # more rows are no harm, and said
    assert tokenizer.name == "T5Tokenizer (84 rows without a piece)"
    assert tokenizer.source.names[300:302] == ("<row 300>", "<row 301>")
    assert tokenizer.source.decode([383]) == ""

    folder = tmp_path / "m2m100"
    folder.mkdir()
    stored = write_m2m100(folder)
    ids = json.loads((folder / "vocab.json").read_text(encoding="utf-8"))
    del ids["▁die"]
    write_json(folder / "vocab.json", ids)
    assert refusal(folder, stored, EN_DE["m2m100"]).startswith(
        "vocab.json: has 300 names, and rows up to 300; the language codes stand behind as many "
        "rows as there are names, and would take rows of pieces"
    )


# ----------------------------------------------------------------------------- MADLAD


def madlad_file(folder: Path, *, as_piece: bool) -> StoredIds:
    """MADLAD as a tokenizer.json: the tag is a piece of the vocabulary, or an added symbol."""
    stored = write_madlad(folder)
    pieces = pieces_of((folder / "spiece.model").read_bytes())
    (folder / "spiece.model").unlink()
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=0, byte_fallback=False))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    tokenizer.add_special_tokens(["<unk>", "<s>", "</s>"])
    if not as_piece:
        tokenizer.add_special_tokens(["<2de>", "<2fr>"])
    tokenizer.save(str(folder / "tokenizer.json"))
    write_json(folder / "tokenizer_config.json", {"tokenizer_class": "T5Tokenizer"})
    return stored


@pytest.mark.parametrize("kind", ["spiece.model", "piece", "symbol"])
def test_madlads_unknown_characters_do_not_end_the_sentence(tmp_path, kind):
    """T5Tokenizer of transformers takes 2 for the unknown id, MADLAD's end of sentence."""
    if kind == "spiece.model":
        stored = write_madlad(tmp_path)
    else:
        stored = madlad_file(tmp_path, as_piece=kind == "piece")
    tokenizer = open_tokenizer(tmp_path, stored, Conventions(prefix="<2de> "))
    (ids,) = tokenizer.source.encode(["the ☃ die"])
    assert 0 in ids
    assert 2 not in ids
    assert tokenizer.frame.source_after == tokenizer.frame.target_after == (2,)
    aligned = tokenizer.source.align(join_words(["the", "☃", "die"], [True] * 3))
    assert all(aligned.pieces_of_words)
    assert aligned.ids[aligned.pieces_of_words[1][-1]] == 0


@pytest.mark.parametrize("as_piece", [True, False])
def test_madlads_tag_is_cut_as_the_file_says(tmp_path, as_piece):
    """With a piece of blank before it or without, as the whole text is cut."""
    stored = madlad_file(tmp_path, as_piece=as_piece)
    whole = Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    tokenizer = open_tokenizer(tmp_path, stored, Conventions(prefix="<2de> "))
    assert tokenizer.source.encode(["", " "]) == [[], []], "an empty line stays empty"
    for text in ["the die", "1", "s"]:
        expected = whole.encode(f"<2de> {text}", add_special_tokens=False).ids
        assert [*tokenizer.frame.source_before, *tokenizer.source.encode([text])[0]] == expected
    before = [tokenizer.source.names[id] for id in tokenizer.frame.source_before]
    assert before == (["▁", "<2de>"] if as_piece else ["<2de>"])


def test_the_end_of_sentence_must_be_that_of_the_network(tmp_path):
    stored = write_madlad(tmp_path)
    assert refusal(tmp_path, replace(stored, eos=1), Conventions(prefix="<2de> ")) == (
        "spiece.model: the end of sentence '</s>' has the id 2, but config.json says 1 "
        "(eos_token_id); take the tokenizer that was stored with the network"
    )


def test_a_tokenizer_that_ends_sentences_with_another_symbol_is_refused(tmp_path):
    stored = madlad_file(tmp_path, as_piece=True)
    whole = Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    whole.post_processor = processors.TemplateProcessing(
        single="$A <s>", pair="$A $B <s>", special_tokens=[("<s>", 1)]
    )
    whole.save(str(tmp_path / "tokenizer.json"))
    assert refusal(tmp_path, stored, Conventions(prefix="<2de> ")).startswith(
        "tokenizer.json: puts (1,) behind a text, but the end of sentence '</s>' has the id 2"
    )


# ----------------------------------------------------------------------------- SentencePiece alone


def test_mbart_and_t5_need_no_protobuf(tmp_path):
    """transformers reads a SentencePiece model through protobuf only, and its message without it is
    about tiktoken. Here the rows of the embedding tell 25 languages from 50."""
    model = sentencepiece_model()
    (tmp_path / "sentencepiece.bpe.model").write_bytes(model)
    processor = sentencepiece.SentencePieceProcessor(model_proto=model)
    own = processor.encode("the ☃ die")
    for num_codes, en, de in ((25, 304, 303), (52, 304, 303)):
        rows = 300 + 1 + num_codes + 1
        stored = StoredIds("mbart", rows, rows, pad=1, eos=2, decoder_start=2)
        tokenizer = open_tokenizer(tmp_path, stored, EN_DE["mbart"])
        assert tokenizer.source.encode(["the ☃ die"]) == [[id + 1 if id else 3 for id in own]]
        assert tokenizer.frame.source_before == ((en,) if num_codes == 52 else ())
        assert tokenizer.frame.source_after == ((2,) if num_codes == 52 else (2, en))
        assert tokenizer.frame.target_before == ((2, de) if num_codes == 52 else (de,))
        assert (tokenizer.source.names[en], tokenizer.source.names[de]) == ("en_XX", "de_DE")
    assert refusal(tmp_path, replace(stored, source_rows=400), EN_DE["mbart"]) == (
        "sentencepiece.bpe.model: has 300 pieces, which does not fit the 400 rows of the embedding "
        "(327 or 354 would); take tokenizer.json of the same network, too"
    )

    t5 = tmp_path / "t5"
    t5.mkdir()
    write_t5(t5)
    stored = StoredIds("t5", 384, 384, pad=0, eos=1, decoder_start=0)
    from_file = open_tokenizer(t5, stored, NONE)
    (t5 / "tokenizer.json").unlink()
    (t5 / "spiece.model").write_bytes(sentencepiece_model(pad_id=0, eos_id=1, unk_id=2, bos_id=-1))
    from_model = open_tokenizer(t5, stored, NONE)
    assert from_model.source.encode(SENTENCES[:50]) == from_file.source.encode(SENTENCES[:50])
    assert from_model.frame == from_file.frame


def test_the_normaliser_of_the_file_is_used_whatever_the_class_does_with_it(tmp_path):
    """MBartTokenizer of transformers 5 leaves it out."""
    stored = write_mbart(tmp_path)
    edit_json(tmp_path / "tokenizer.json", normalizer={"type": "NFKC"})
    codec = open_tokenizer(tmp_path, stored, EN_DE["mbart"]).source
    assert codec.encode(["ｔｈｅ ﬁ"]) == codec.encode(["the fi"])


def test_a_blank_at_the_end_of_a_text_is_no_piece_of_sentencepiece(tmp_path):
    """MBart50Tokenizer of transformers 5 gives it one."""
    (tmp_path / "sentencepiece.bpe.model").write_bytes(sentencepiece_model())
    stored = StoredIds("mbart", 354, 354, pad=1, eos=2, decoder_start=2)
    codec = open_tokenizer(tmp_path, stored, EN_DE["mbart"]).source
    assert codec.encode(["the  "]) == codec.encode(["the"])


# ----------------------------------------------------------------------------- Marian


def test_a_tag_of_the_target_language_is_one_symbol_or_refused(tmp_path):
    stored = write_marian(tmp_path, tags=TAGS)
    tokenizer = open_tokenizer(tmp_path, stored, Conventions(prefix=">>deu<< "))
    oracle = marian_oracle(tmp_path)
    for text in SENTENCES[:20]:
        (ids,) = tokenizer.source.encode([text])
        assert [*tokenizer.frame.source_before, *ids, 0] == oracle(f">>deu<< {text}").input_ids
    assert refusal(tmp_path, stored, Conventions(prefix=">>de<< ")) == (
        "prefix: vocab.json has no symbol >>de<<; give one of its 2, such as >>deu<<, >>fra<<"
    )
    assert refusal(tmp_path, stored) == (
        "prefix is missing: vocab.json has 2 target languages; give the tag of one, such as "
        "'>>deu<< '"
    )


def test_a_tag_with_blanks_in_it_is_no_text(tmp_path):
    stored = write_marian(tmp_path)
    assert refusal(tmp_path, stored, Conventions(prefix=">>deu fra<< ")) == (
        "prefix: vocab.json has no symbol >>deu fra<<; write it as that file does"
    )


def test_marian_decodes_with_the_model_of_the_target(tmp_path):
    """transformers decodes with the source's, which prints the bytes of a character."""
    stored = write_marian(tmp_path)
    model = sentencepiece_model(1, kind="bpe", byte_fallback=True, vocab_size=400)
    (tmp_path / "target.spm").write_bytes(model)
    ids = json.loads((tmp_path / "vocab.json").read_text(encoding="utf-8"))
    names = [*ids, *(name for name, _ in pieces_of(model)[3:] if name not in ids)]
    names.remove("<pad>")
    write_json(tmp_path / "vocab.json", {name: row for row, name in enumerate([*names, "<pad>"])})
    rows = len(names) + 1
    stored = replace(
        stored, source_rows=rows, target_rows=rows, pad=rows - 1, decoder_start=rows - 1
    )
    tokenizer = open_tokenizer(tmp_path, stored, NONE)
    (encoded,) = tokenizer.target.encode(["die ☃"])
    assert tokenizer.target.decode(encoded) == "die ☃"
    assert "<0xE2>" in marian_oracle(tmp_path).decode(encoded)


def test_pad_counts_as_a_label_where_it_is_not_last(tmp_path):
    stored = write_marian(tmp_path)
    rows = stored.target_rows + 3
    more = replace(stored, source_rows=rows, target_rows=rows)
    assert open_tokenizer(tmp_path, more, NONE).frame.labels == (0, rows)


# ----------------------------------------------------------------------------- words


def trained(folder: Path, normalizer, pre_tokenizer, alphabet=()) -> StoredIds:
    """A tokenizer.json of BPE as somebody may have made it."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True))
    tokenizer.normalizer, tokenizer.pre_tokenizer = normalizer, pre_tokenizer
    tokenizer.train_from_iterator(
        SENTENCES,
        trainers.BpeTrainer(
            vocab_size=300,
            special_tokens=["<pad>", "</s>", "<unk>"],
            initial_alphabet=list(alphabet),
            show_progress=False,
        ),
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    return StoredIds("t5", 300, 300, pad=0, eos=1, decoder_start=0)


def test_transformers_31437_tokenizers_1663_words_are_found_where_word_ids_err(tmp_path):
    blank_first = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False)
    words = ["Di\u0301e", "the\u0301", "e\u0301"]
    sentence = join_words(words, [True, True, True])
    for normalizer, pre_tokenizer, alphabet in (
        (blank_first, None, ()),  # all pieces are of word 0
        (None, byte_level, pre_tokenizers.ByteLevel.alphabet()),  # an accent begins a word
    ):
        stored = trained(tmp_path, normalizer, pre_tokenizer, alphabet)
        encoding = Tokenizer.from_file(str(tmp_path / "tokenizer.json")).encode(sentence.text)
        aligned = open_tokenizer(tmp_path, stored, NONE).source.align(sentence)
        assert list(aligned.ids) == encoding.ids
        of_pieces = [
            number for number, pieces in enumerate(aligned.pieces_of_words) for _ in pieces
        ]
        assert sorted(set(of_pieces)) == [0, 1, 2]
        visible = [
            number
            for number, piece in zip(encoding.word_ids, encoding.tokens, strict=True)
            if piece.strip("▁Ġ")
        ]
        assert len(visible) == len(of_pieces)
        assert visible != of_pieces


def test_words_are_found_behind_any_normaliser(tmp_path):
    normalizer = normalizers.Sequence(
        [normalizers.NFD(), normalizers.StripAccents(), normalizers.Lowercase()]
    )
    stored = trained(tmp_path, normalizer, pre_tokenizers.Metaspace())
    codec = open_tokenizer(tmp_path, stored, NONE).source
    words = ["DÍE", "☃", "thé", "ﬁ"]
    aligned = codec.align(join_words(words, [True] * 4))
    plain = codec.align(join_words(["die", "☃", "the", "ﬁ"], [True] * 4))
    assert aligned == plain
    assert all(aligned.pieces_of_words)


# ----------------------------------------------------------------------------- settings and files


def test_settings_of_training_have_no_effect(tmp_path):
    stored = write_nllb(tmp_path)
    before = open_tokenizer(tmp_path, stored, EN_DE["nllb"])
    content = json.loads((tmp_path / "tokenizer.json").read_text(encoding="utf-8"))
    content["model"]["dropout"] = 0.9
    content["truncation"] = {
        "direction": "Right",
        "max_length": 3,
        "strategy": "LongestFirst",
        "stride": 0,
    }
    content["padding"] = {
        "strategy": {"Fixed": 50},
        "direction": "Right",
        "pad_to_multiple_of": None,
        "pad_id": 1,
        "pad_type_id": 0,
        "pad_token": "<pad>",
    }
    write_json(tmp_path / "tokenizer.json", content)
    after = open_tokenizer(tmp_path, stored, EN_DE["nllb"])
    assert after.source.encode(SENTENCES) == before.source.encode(SENTENCES)
    assert after.digest == before.digest


def test_a_prefix_that_runs_into_the_text_is_refused(tmp_path):
    stored = write_t5(tmp_path)
    assert refusal(tmp_path, stored, Conventions(prefix="translate")) == (
        "prefix: 'translate' ends within a word, and the first word of a text would run on from "
        "there; end it with a blank"
    )
    content = json.loads((tmp_path / "tokenizer.json").read_text(encoding="utf-8"))
    content["model"]["vocab"].append(["the:a", 0.0])
    write_json(tmp_path / "tokenizer.json", content)
    assert refusal(tmp_path, stored, Conventions(prefix="the:")) == (
        "prefix: 'the:' and the text 'a' have a piece in common, so that the prefix cannot be told "
        "from the first word; end the prefix with a blank"
    )
    tokenizer = open_tokenizer(tmp_path, stored, Conventions(prefix="the: "))
    assert tokenizer.source.encode(["a"])


def test_what_is_forced_and_what_the_tokenizer_says_must_agree(tmp_path):
    stored = write_bart(tmp_path)
    assert refusal(tmp_path, replace(stored, forced_bos=3)) == (
        "merges.txt: puts (0,) before a text, but generation is told to begin with 3 "
        "(forced_bos_token_id); mend whichever is wrong"
    )
    forced = open_tokenizer(tmp_path, replace(stored, forced_bos=None), NONE).frame
    assert forced.target_before == (2, 0)
    assert refusal(tmp_path, replace(stored, decoder_start=None)) == (
        "config.json: decoder_start_token_id is missing; take the config.json that was stored with "
        "the weights"
    )


def test_a_folder_without_a_tokenizer_is_told_what_is_needed(tmp_path):
    stored = StoredIds("t5", 300, 300, pad=0, eos=1, decoder_start=0)
    assert refusal(tmp_path, stored) == (
        f"{tmp_path}: has no tokenizer; store the files of one beside the network: source.spm + "
        "target.spm + vocab.json; sentencepiece.bpe.model + vocab.json; tokenizer.json; "
        "vocab.json + merges.txt; sentencepiece.bpe.model; spiece.model"
    )


def test_a_class_with_ways_of_its_own_is_refused_and_code_never_run(tmp_path):
    """SMALL100Tokenizer has M2M100's files, and the code of the target in front of the source."""
    stored = write_m2m100(tmp_path)
    settings = tmp_path / "tokenizer_config.json"
    write_json(settings, {"tokenizer_class": "SMALL100Tokenizer"})
    assert refusal(tmp_path, stored, EN_DE["m2m100"]).startswith(
        "tokenizer_config.json: tokenizer_class is SMALL100Tokenizer, which is not known here; "
    )
    write_json(settings, {"auto_map": {"AutoTokenizer": ["somewhere--code.Tokenizer", None]}})
    assert refusal(tmp_path, stored, EN_DE["m2m100"]).startswith(
        "tokenizer_config.json: auto_map is not supported: code from elsewhere is never"
    )


def test_symbols_that_were_added_to_a_slow_tokenizer_are_not_lost(tmp_path):
    stored = write_marian(tmp_path)
    oracle = marian_oracle(tmp_path)
    oracle.save_pretrained(tmp_path)
    open_tokenizer(tmp_path, stored, NONE)
    oracle.add_tokens(["<entity>"])
    oracle.save_pretrained(tmp_path)
    assert "'<entity>' was added with the row " in refusal(tmp_path, stored)
    edit_json(tmp_path / "tokenizer_config.json", added_tokens_decoder=None)
    write_json(tmp_path / "added_tokens.json", {"<entity>": 500})
    assert "'<entity>' was added with the row 500" in refusal(tmp_path, stored)


def _nothing_unknown(folder: Path) -> None:
    Tokenizer(models.Unigram([("a", 0.0)])).save(str(folder / "tokenizer.json"))


def _undefined_symbol(folder: Path) -> None:
    single = [{"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "x", "type_id": 0}}]
    template = {"single": single, "pair": [], "special_tokens": {}}
    edit_json(folder / "tokenizer.json", post_processor={"type": "TemplateProcessing", **template})


def _word_pieces(folder: Path) -> None:
    model = models.WordPiece({"<unk>": 0, "a": 1}, unk_token="<unk>")
    Tokenizer(model).save(str(folder / "tokenizer.json"))


@pytest.mark.parametrize(
    ("write", "damage", "message"),
    [
        (write_t5, {"tokenizer.json": "{"}, "tokenizer.json:1: not JSON"),
        (write_t5, {"tokenizer.json": "{}"}, "tokenizer.json: not a tokenizer.json"),
        (write_t5, {"tokenizer.json": '{"model": 3}'}, "tokenizer.json: not a tokenizer.json"),
        (write_t5, {"tokenizer.json": _word_pieces}, "a model of type WordPiece"),
        (write_t5, {"tokenizer.json": _nothing_unknown}, "no id for what is unknown (unk_id)"),
        (write_t5, {"tokenizer.json": _undefined_symbol}, "a symbol that it does not define"),
        (write_marian, {"source.spm": "x"}, "source.spm: not a SentencePiece model"),
        (write_marian, {"vocab.json": '{"</s>": 0}'}, "vocab.json: lacks '<unk>'"),
        (write_marian, {"vocab.json": '{"<unk>": 1}'}, "vocab.json: lacks '</s>'"),
        (write_marian, {"vocab.json": '{"a": true}'}, "vocab.json: 'a' has no row (True)"),
        (
            write_marian,
            {"vocab.json": '{"a": 1, "b": 1}'},
            "vocab.json: 'b' and 'a' have the same row 1",
        ),
        (write_bart, {"merges.txt": "a b c"}, "merges.txt: not a tokenizer.json"),
    ],
)
def test_damaged_files_are_named(tmp_path, write, damage, message):
    stored = write(tmp_path)
    for name, content in damage.items():
        if callable(content):
            content(tmp_path)
        else:
            (tmp_path / name).write_text(content)
    assert message in refusal(tmp_path, stored)
