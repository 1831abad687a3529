"""Vocabularies without the pieces that no text needs: of every kind of tokenizer, cut as before,
and read alike by transformers."""

import shutil
from dataclasses import replace

import pytest
import sentencepiece
from transformers.models.mbart.tokenization_mbart import FAIRSEQ_LANGUAGE_CODES

from ticketscope.networks.tokenizers import StoredIds, open_tokenizer
from ticketscope.shrinking.vocabulary.derivations import steps
from ticketscope.shrinking.vocabulary.recut import names_outlast, pieces_of
from ticketscope.shrinking.vocabulary.sentencepiece_file import SentencePieceFile
from ticketscope.shrinking.vocabulary.trimming import trimmed
from tokenizer_kinds import EN_DE, KINDS, PAIRS, Kind, sentencepiece_model
from tokenizer_kinds import pieces_of as pieces_of_model

SOURCES, TARGETS = zip(*PAIRS[:40], strict=True)
OTHERS = dict(zip(("source", "target"), zip(*PAIRS[40:], strict=True), strict=True))


def write_mbart_model(folder):
    """mBART's SentencePiece model alone: the number of rows tells the languages."""
    model = sentencepiece_model()
    (folder / "sentencepiece.bpe.model").write_bytes(model)
    rows = len(pieces_of_model(model)) + len(FAIRSEQ_LANGUAGE_CODES) + 2
    return StoredIds("mbart", rows, rows, pad=1, eos=2, decoder_start=None)


def write_t5_model(folder):
    """T5's SentencePiece model alone, and rows without a name."""
    options = {"pad_id": 0, "eos_id": 1, "unk_id": 2, "bos_id": -1}
    (folder / "spiece.model").write_bytes(sentencepiece_model(**options))
    return StoredIds("t5", 384, 384, pad=0, eos=1, decoder_start=0)


ALL_KINDS = {
    **KINDS,
    "mbart_model": Kind(write_mbart_model, None, EN_DE["mbart"]),
    "t5_model": Kind(write_t5_model, None),
}


def corpus():
    """In two parts, as a large one is read."""
    for part in (slice(0, 15), slice(15, None)):
        yield {"source": SOURCES[part], "target": TARGETS[part]}


@pytest.mark.parametrize("name", ALL_KINDS)
def test_the_corpus_is_cut_as_before(name, tmp_path):
    kind, before, after = ALL_KINDS[name], tmp_path / "before", tmp_path / "after"
    before.mkdir()
    stored = kind.write(before)
    whole = open_tokenizer(before, stored, kind.conventions)
    found = trimmed(before, whole, corpus, kind.conventions.prefix)
    shutil.copytree(before, after)
    for file, content in found.files.items():
        (after / file).write_bytes(content)
    ids = found.new_ids
    smaller = replace(
        stored,
        source_rows=len(found.rows["source"]),
        target_rows=len(found.rows["target"]),
        pad=ids[stored.pad],
        eos=ids[stored.eos],
        decoder_start=None if stored.decoder_start is None else ids[stored.decoder_start],
        forced_bos=None if stored.forced_bos is None else ids[stored.forced_bos],
    )
    left = open_tokenizer(after, smaller, kind.conventions)
    assert names_outlast(whole, left, found)
    pieces = pieces_of(whole, left, found, corpus, OTHERS)
    assert (pieces.num_sentences, pieces.num_recut) == (80, 0)
    assert pieces.num_after < pieces.num_before == stored.target_rows
    frame = left.frame
    oracle = kind.oracle(after) if kind.oracle else None
    for text in (*SOURCES[:5], *OTHERS["source"][:20], "Zdie thé½ ☃"):
        mine = [*frame.source_before, *left.source.encode([text])[0], *frame.source_after]
        assert oracle is None or mine == oracle(text).input_ids
    old = whole.frame
    assert [ids[one] for one in old.target_before] == list(frame.target_before)
    assert ids[old.pad] == frame.pad
    assert [ids[one] for one in old.target_after] == list(frame.target_after)
    # Words of characters that the corpus has can still be spelled.
    for text, cut in zip(OTHERS["source"], left.source.encode(OTHERS["source"]), strict=True):
        assert set(text) - set("".join(SOURCES)) or left.source.decode(cut) == text


@pytest.mark.parametrize("kind", ["unigram", "bpe"])
def test_a_sentencepiece_model_loses_pieces_and_nothing_else(kind, tmp_path):
    path = tmp_path / "a.model"
    path.write_bytes(sentencepiece_model(kind=kind, byte_fallback=True, vocab_size=500))
    file = SentencePieceFile(path)
    used = file.cut(SOURCES)
    stays = used | file.steps(used)
    smaller = file.without(file.ordinary - stays)
    whole, left = (
        sentencepiece.SentencePieceProcessor(model_proto=content)
        for content in (path.read_bytes(), smaller)
    )
    names = [whole.id_to_piece(n) for n in range(len(whole))]
    ordinary = {
        name
        for number, name in enumerate(names)
        if not (whole.is_unknown(number) or whole.is_control(number) or whole.is_byte(number))
    }
    assert file.ordinary == ordinary
    assert [left.id_to_piece(n) for n in range(len(left))] == [
        name for name in names if name in stays or name not in file.ordinary
    ]
    assert len(left) < len(whole)
    assert left.encode(list(SOURCES), out_type=str) == whole.encode(list(SOURCES), out_type=str)
    # Without the pieces on the way nothing could be merged.
    bare = sentencepiece.SentencePieceProcessor(model_proto=file.without(file.ordinary - used))
    same = bare.encode(list(SOURCES), out_type=str) == whole.encode(list(SOURCES), out_type=str)
    assert same == (kind == "unigram")
    assert file.without(()) == path.read_bytes()


def test_steps_of_merges_by_hand():
    """abcd is made of ab and cd; abc, which comes later, is no step on the way."""
    ranks = {("a", "b"): 0, ("c", "d"): 1, ("ab", "c"): 2, ("ab", "cd"): 3}
    letters = {"a", "b", "c", "d"}
    assert steps(["abcd"], lambda *pair: ranks.get(pair)) == letters | {"ab", "cd", "abcd"}
    assert steps(["abc"], lambda *pair: ranks.get(pair)) == letters - {"d"} | {"ab", "abc"}
