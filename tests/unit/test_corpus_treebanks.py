"""Parallel text from the comments of treebanks."""

import bz2
import gzip
import lzma
from pathlib import Path

import pytest
from hypothesis import given
from reader_fixture import damaged

from ticketscope.config import ConlluCorpus
from ticketscope.corpus import parallel, treebanks
from ticketscope.corpus.parallel import open_corpus
from ticketscope.errors import InputError

ROW = "1\tPes\tpes\tNOUN\t_\t_\t0\troot\t_\t_"


def treebank(*sentences: tuple[str, ...]) -> str:
    return "".join("".join(f"# {line}\n" for line in lines) + f"{ROW}\n\n" for lines in sentences)


TEXT = treebank(
    ("newdoc", "sent_id = 1", "text = Pes spí.", "text_en = The dog = asleep."),
    ("sent_id = 2", "text = Bez překladu."),
    ("text = Prázdný.", "text_en ="),
    ("text_en = No text.",),
    ("text=Dva.", "text_en=Two.", "text_de = Zwei."),
)
PAIRS = [("Pes spí.", "The dog = asleep."), None, None, None, ("Dva.", "Two.")]


def file_of(folder: Path, text: str, name: str = "a.conllu") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_sentences_and_translations_are_those_of_the_comments(tmp_path: Path) -> None:
    path = file_of(tmp_path, TEXT)
    assert list(treebanks.pairs(path, "text", "text_en")) == PAIRS
    assert list(treebanks.pairs(path, "text_en", "text_de")) == [None] * 4 + [("Two.", "Zwei.")]


def test_no_sentence_with_both_comments(tmp_path: Path) -> None:
    path = file_of(tmp_path, TEXT)
    with pytest.raises(InputError) as caught:
        list(treebanks.pairs(path, "text", "text_fr"))
    assert str(caught.value) == (
        f"{path}: no sentence has both comments, text and text_fr (it has: text, text_en, sent_id, "
        "text_de); set corpus.source_comment and corpus.target_comment to those that hold the sides"
    )
    with pytest.raises(InputError, match=r"\(it has: none\)"):
        list(treebanks.pairs(file_of(tmp_path, ""), "text", "text_en"))


def test_what_is_no_conllu_is_named_with_its_line(tmp_path: Path) -> None:
    path = file_of(tmp_path, "# text = a\n# text_en = b\nA dog sleeps.\n")
    with pytest.raises(InputError, match=r"a\.conllu:3: 1 tab-separated columns, but CoNLL-U has"):
        list(treebanks.pairs(path, "text", "text_en"))


@given(lines=damaged(TEXT))
def test_damaged_files_give_pairs_or_one_line(
    lines: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = file_of(tmp_path_factory.mktemp("conllu"), "\n".join(lines))
    message, found = "", []
    try:
        found = list(treebanks.pairs(path, "text", "text_en"))
    except InputError as error:
        message = str(error)
    assert len(message.splitlines()) <= 1
    assert all(pair is None or all(pair) for pair in found)


def test_splits_are_files_plain_or_compressed_and_what_has_no_translation_is_counted(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "bank"
    folder.mkdir()
    file_of(folder, TEXT, "train.conllu")
    (folder / "dev.conllu.gz").write_bytes(gzip.compress(TEXT.encode()))
    (folder / "table.conllu.bz2").write_bytes(bz2.compress(TEXT.encode()))
    (tmp_path / "far.conllu.xz").write_bytes(lzma.compress(TEXT.encode()))
    settings = ConlluCorpus(
        source="cs",
        target="en",
        path=str(folder),
        train="train",
        validation="dev.conllu",
        tests=(f"{tmp_path}/far.conllu.xz", "table"),
    )
    assert list(parallel.test_sets(settings)) == ["far", "table"]
    corpus = open_corpus(settings)
    assert list(corpus.held_out) == ["validation", "far", "table"]
    for pairs in (corpus.train, *corpus.held_out.values()):
        assert list(pairs) == [pair for pair in PAIRS if pair]
    assert corpus.untranslated == dict.fromkeys(("train", "validation", "far", "table"), 3)
    (folder / "train.conllu").unlink()
    with pytest.raises(InputError, match=r"bank: no file train\.conllu \(or with \.gz"):
        open_corpus(settings)
