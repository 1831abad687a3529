"""The splits of the three kinds of corpus, and what is refused."""

import bz2
import gzip
import hashlib
import lzma
import random
import zipfile
from pathlib import Path

import pytest

from tests_support import data_folder
from ticketscope.config import FilesCorpus, GrammarCorpus, TableCorpus
from ticketscope.corpus.parallel import ParallelCorpus, likely_headers, open_corpus
from ticketscope.errors import InputError


def write_sides(folder: Path, split: str, pairs: list[tuple[str, str]]) -> None:
    folder.mkdir(exist_ok=True, parents=True)
    for side, language in enumerate(("en", "de")):
        text = "".join(pair[side] + "\n" for pair in pairs)
        (folder / f"{split}.{language}").write_text(text, encoding="utf-8")


def files_corpus(folder: Path, **settings: object) -> FilesCorpus:
    return FilesCorpus.model_validate(
        {"source": "en", "target": "de", "path": str(folder), **settings}
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    write_sides(folder, "train", [("a b", "A B"), (" c ", "\tC"), ("", "D")])
    write_sides(folder, "val", [("v", "V")])
    write_sides(folder, "test", [("t", "T")])
    return folder


def read_all(corpus: ParallelCorpus) -> dict[str, list[tuple[str, str]]]:
    splits = {name: list(pairs) for name, pairs in corpus.held_out.items()}
    return {"train": list(corpus.train)} | splits


# ----------------------------------------------------------------------------- files


def test_files_are_aligned_by_line_and_stripped(folder: Path) -> None:
    write_sides(folder.parent / "far", "news", [("n", "N")])
    plain = folder / "train.de"
    (folder / "train.de.gz").write_bytes(gzip.compress(plain.read_bytes()))
    plain.unlink()
    corpus = open_corpus(files_corpus(folder, tests=("test", f"{folder.parent}/far/news")))
    assert read_all(corpus) == {
        "train": [("a b", "A B"), ("c", "C"), ("", "D")],
        "validation": [("v", "V")],
        "test": [("t", "T")],
        "news": [("n", "N")],
    }
    assert list(corpus.held_out) == ["validation", "test", "news"]
    assert not corpus.drawn_from_train


@pytest.mark.parametrize(("shorter", "longer"), [("en", "de"), ("de", "en")])
def test_unequal_sides_name_both_counts(folder: Path, shorter: str, longer: str) -> None:
    with (folder / f"train.{longer}").open("a") as file:
        file.write("more\nand more\n")
    with pytest.raises(InputError) as caught:
        read_all(open_corpus(files_corpus(folder)))
    message = str(caught.value).replace(" lines", "")
    assert f"train.{shorter} has 3" in message
    assert f"train.{longer} has 5" in message


@pytest.mark.parametrize("pack", [bz2.compress, lzma.compress])
def test_sides_may_be_compressed(folder: Path, pack) -> None:
    plain = read_all(open_corpus(files_corpus(folder)))
    for side in folder.iterdir():
        side.rename(side.with_name(side.name + (".bz2" if pack is bz2.compress else ".xz")))
    for side in list(folder.iterdir()):
        side.write_bytes(pack(side.read_bytes()))
    assert read_all(open_corpus(files_corpus(folder))) == plain


@pytest.mark.parametrize("name", ["train", "val", "test"])
def test_missing_side_names_what_was_looked_for(folder: Path, name: str) -> None:
    (folder / f"{name}.de").unlink()
    with pytest.raises(InputError, match=rf"data: no file {name}\.de \(or with \.gz, .*\) there"):
        open_corpus(files_corpus(folder))


def test_endings_of_compressed_files_may_be_upper_case(folder: Path) -> None:
    pairs = read_all(open_corpus(files_corpus(folder)))
    for side in ("en", "de"):
        plain = folder / f"train.{side}"
        (folder / f"train.{side}.GZ").write_bytes(gzip.compress(plain.read_bytes()))
        plain.unlink()
    assert read_all(open_corpus(files_corpus(folder))) == pairs


def test_a_missing_file_that_is_there_packed_is_named(folder: Path) -> None:
    (folder / "train.en").rename(folder / "train.en.ZIP")
    with pytest.raises(InputError, match=r"there is train\.en\.ZIP, which is to be unpacked first"):
        open_corpus(files_corpus(folder))


def test_missing_folder_of_a_known_data_set_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="`ticketscope fetch multi30k` gets it"):
        open_corpus(files_corpus(tmp_path / "multi30k"))
    with pytest.raises(InputError) as caught:
        open_corpus(files_corpus(tmp_path / "elsewhere"))
    assert "fetch" not in str(caught.value)


def test_empty_file_is_refused(folder: Path) -> None:
    for language in ("en", "de"):
        (folder / f"val.{language}").write_bytes(b"")
    with pytest.raises(InputError, match=r"val\.en: no line in it; the validation split"):
        read_all(open_corpus(files_corpus(folder)))


@pytest.mark.parametrize(
    "tests", [("test", "../data/test"), ("x/train",), ("validation",), ("..",)]
)
def test_names_of_test_sets_must_be_free(folder: Path, tests: tuple[str, ...]) -> None:
    with pytest.raises(InputError, match=r"corpus\.tests: .* no free name"):
        open_corpus(files_corpus(folder, tests=tests))


# ----------------------------------------------------------------------------- tables


ROWS = [(f"sentence {number % 60}", f"Satz {number}") for number in range(100)]


def table_corpus(path: Path, **settings: object) -> TableCorpus:
    sizes = {"num_validation": 7, "num_test": 5}
    return TableCorpus.model_validate(
        {"source": "en", "target": "de", "path": str(path), **sizes, **settings}
    )


def write_table(path: Path, rows: list[tuple[str, str]]) -> Path:
    path.write_text("".join(f"{a}\t{b}\tnote\n" for a, b in rows), encoding="utf-8")
    return path


def smallest_hashes(num: int) -> list[str]:
    def key(source: str) -> bytes:
        return hashlib.blake2b(source.encode(), digest_size=16).digest()

    return sorted({source for source, _ in ROWS}, key=key)[:num]


def test_table_holds_out_the_sources_with_the_smallest_hashes(tmp_path: Path) -> None:
    corpus = open_corpus(table_corpus(write_table(tmp_path / "t.tsv", ROWS)))
    splits = read_all(corpus)
    first = dict(reversed(ROWS))
    expected = [(source, first[source]) for source in smallest_hashes(12)]
    assert splits == {"train": ROWS, "test": expected[:5], "validation": expected[5:]}
    assert corpus.drawn_from_train == {"validation", "test"}


def test_held_out_sources_do_not_depend_on_the_order_of_rows(tmp_path: Path) -> None:
    shuffled = random.Random(3).sample(ROWS, len(ROWS))
    a = read_all(open_corpus(table_corpus(write_table(tmp_path / "a.tsv", ROWS))))
    b = read_all(open_corpus(table_corpus(write_table(tmp_path / "b.tsv", shuffled))))
    for name in ("validation", "test"):
        assert [source for source, _ in a[name]] == [source for source, _ in b[name]]


def test_table_in_archives_is_read_without_unpacking(tmp_path: Path) -> None:
    plain = write_table(tmp_path / "t.tsv", ROWS)
    expected = read_all(open_corpus(table_corpus(plain)))
    (tmp_path / "t.tsv.gz").write_bytes(gzip.compress(plain.read_bytes()))
    with zipfile.ZipFile(tmp_path / "t.zip", "w") as archive:
        archive.writestr("../../outside.txt", plain.read_bytes())
        archive.writestr("README", "read me")
    for name in ("t.tsv.gz", "t.zip"):
        assert read_all(open_corpus(table_corpus(tmp_path / name))) == expected
    assert len(list(tmp_path.iterdir())) == 3
    assert not (tmp_path.parent.parent / "outside.txt").exists()


def test_member_of_an_archive_must_be_clear(tmp_path: Path) -> None:
    path = tmp_path / "t.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("deu.txt", "a\tb\n")
        archive.writestr("_about.txt", "about")
    with pytest.raises(InputError, match=r"corpus\.member to one of: deu\.txt, _about\.txt"):
        open_corpus(table_corpus(path))
    with pytest.raises(InputError, match=r"no 'fra\.txt' in it; set corpus\.member"):
        open_corpus(table_corpus(path, member="fra.txt"))
    with pytest.raises(InputError, match=r"t\.tsv is no \.zip"):
        open_corpus(table_corpus(write_table(tmp_path / "t.tsv", ROWS), member="deu.txt"))


def test_columns(tmp_path: Path) -> None:
    path = tmp_path / "t.tsv"
    path.write_text("x\tA\ta\n \ny\tB\tb\n", encoding="utf-8")
    settings = {"source_column": 2, "target_column": 1, "num_validation": 1, "num_test": 1}
    splits = read_all(open_corpus(table_corpus(path, **settings)))
    assert splits["train"] == [("a", "A"), ("", ""), ("b", "B")]
    path.write_text("x\tA\ta\n y\tB\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"t\.tsv:2: 2 tab-separated columns, .* need 3"):
        open_corpus(table_corpus(path, **settings))


def test_table_with_too_few_sources(tmp_path: Path) -> None:
    path = write_table(tmp_path / "t.tsv", [*ROWS[:11], ("", "leer"), ("untranslated", "")])
    with pytest.raises(InputError, match="only 11 distinct source sentences, but 12"):
        open_corpus(table_corpus(path))


def test_a_test_set_without_a_slash_lies_beside_the_table(tmp_path: Path) -> None:
    path = write_table(tmp_path / "t.tsv", ROWS)
    write_sides(tmp_path, "near", [("n", "N")])
    write_sides(tmp_path / "far", "news", [("f", "F")])
    corpus = open_corpus(table_corpus(path, tests=("near", f"{tmp_path}/far/news")))
    assert list(corpus.held_out) == ["validation", "test", "near", "news"]
    assert read_all(corpus)["near"] == [("n", "N")]


def test_a_header_is_left_out_where_the_setting_says_so(tmp_path: Path) -> None:
    path = write_table(tmp_path / "t.tsv", [("source", "target"), *ROWS])
    with_header = read_all(open_corpus(table_corpus(path, header=True)))
    without = read_all(open_corpus(table_corpus(write_table(tmp_path / "w.tsv", ROWS))))
    assert with_header == without
    taken = read_all(open_corpus(table_corpus(path)))
    assert ("source", "target") in [pair for pairs in taken.values() for pair in pairs]
    broken = tmp_path / "broken.tsv"
    broken.write_text("only\nno tab\n")
    with pytest.raises(InputError, match=r"broken\.tsv:2: 1 tab-separated columns"):
        open_corpus(table_corpus(broken, header=True))


def test_a_first_line_that_reads_like_a_header_is_warned_about(
    tmp_path: Path, folder: Path
) -> None:
    path = write_table(tmp_path / "t.tsv", [("source", "target"), *ROWS])
    [warning] = likely_headers(table_corpus(path))
    assert warning == (
        f"{path}:1: the first line is taken as a pair of sentences, but reads like names of "
        "columns (source, target); if it is a header, set corpus.header = true"
    )
    assert not list(likely_headers(table_corpus(path, header=True)))
    assert not list(likely_headers(table_corpus(write_table(tmp_path / "w.tsv", ROWS))))
    assert not list(likely_headers(GrammarCorpus()))

    assert not list(likely_headers(files_corpus(folder)))
    write_sides(folder, "test", [("en", "de"), ("t", "T")])
    [warning] = likely_headers(files_corpus(folder))
    assert warning.startswith(f"{folder / 'test.en'}:1: ")
    assert warning.endswith("if it is a header, delete it from both files")


def test_name_test_is_taken_in_a_table(tmp_path: Path) -> None:
    path = write_table(tmp_path / "t.tsv", ROWS)
    with pytest.raises(InputError, match="no free name"):
        open_corpus(table_corpus(path, tests=("elsewhere/test",)))


def test_tatoeba() -> None:
    path = data_folder("tatoeba_deu_eng") / "deu-eng.zip"
    settings = {"member": "deu.txt", "num_validation": 1000, "num_test": 1000}
    splits = read_all(open_corpus(table_corpus(path, **settings)))
    assert {name: len(pairs) for name, pairs in splits.items()} == {
        "train": 169_813,
        "validation": 1_000,
        "test": 1_000,
    }
    assert splits["train"][0] == ("Hi.", "Hallo!")


# ----------------------------------------------------------------------------- grammar


def test_grammar() -> None:
    settings = GrammarCorpus(num_train=40, num_validation=7, num_test=5, seed=3)
    splits = read_all(open_corpus(settings))
    assert {name: len(pairs) for name, pairs in splits.items()} == {
        "train": 40,
        "validation": 7,
        "test": 5,
    }
    assert splits == read_all(open_corpus(settings))
    assert (
        splits["train"] != read_all(open_corpus(settings.model_copy(update={"seed": 4})))["train"]
    )
