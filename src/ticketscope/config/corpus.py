"""Settings of the corpus, of each kind, and of the vocabulary."""

from typing import Annotated, Literal, get_args

from pydantic import Field

from ticketscope.config.kinds import (
    Count,
    FewOrZero,
    Later,
    Positive,
    Section,
    Seed,
    Size,
    SizeOrZero,
    TrainingSection,
)
from ticketscope.config.paths import NameOrPath, PathSetting


class Cleaning(Section):
    """Which training pairs are left out. Every reason is counted; test sets are never cleaned."""

    max_pieces: Size = 256
    """Longest side of a pair, in subword pieces without the end of sentence."""
    max_length_ratio: Positive = 4.0
    """Longest allowed ratio of the two sides in pieces, for pairs with a side of 10 or more."""
    remove_duplicates: bool = True
    """Leave out a pair whose two sides both occurred before."""
    remove_test_overlap: bool = True
    """Leave out training pairs whose source side occurs in validation or a test set."""


class GrammarCorpus(TrainingSection):
    """The corpus that the package generates itself: synthetic, no download."""

    kind: Literal["grammar"] = "grammar"
    source: Literal["en"] = "en"
    target: Literal["de"] = "de"
    seed: Seed = 1
    num_train: Count = 20_000
    num_validation: Size = 500
    num_test: Size = 500
    num_novel: SizeOrZero = 0
    """Sentences of a second test set, ``novel``, with verbs and objects never met in training."""
    cleaning: Cleaning = Cleaning()


class FilesCorpus(TrainingSection):
    """Files ``{split}.{language}``, plain or compressed, aligned by line."""

    kind: Literal["files"] = "files"
    source: str
    target: str
    path: PathSetting
    """The folder that holds the files."""
    train: NameOrPath = "train"
    validation: NameOrPath = "val"
    tests: Annotated[tuple[NameOrPath, ...], Field(min_length=1)] = ("test",)
    """Test sets: ``NAME`` in the folder, or with a slash a path prefix: ``wmt/newstest2014``."""
    cleaning: Cleaning = Cleaning()


class TableCorpus(TrainingSection):
    """One tab-separated file (plain, compressed or inside a ``.zip``), split by source side."""

    kind: Literal["table"] = "table"
    source: str
    target: str
    path: PathSetting
    """The file."""
    member: str = ""
    """Which file inside a ``.zip``; may be empty when only one ends in .txt or .tsv."""
    header: Annotated[bool, Later(False)] = False
    """Whether the first line has the names of the columns, and no pair."""
    source_column: FewOrZero = 0
    target_column: FewOrZero = 1
    num_validation: Size = 1_000
    num_test: Size = 1_000
    """Distinct source sentences held out, chosen by a fixed hash; all their translations go too."""
    tests: tuple[NameOrPath, ...] = ()
    """Further test sets, files ``{prefix}.{language}``: ``NAME`` beside the table, or with a slash
    a path prefix."""
    cleaning: Cleaning = Cleaning()


class ConlluCorpus(TrainingSection):
    """Treebanks whose comments hold each sentence and its translation: ``{split}.conllu``."""

    kind: Literal["conllu"] = "conllu"
    source: str
    target: str
    path: PathSetting
    """The folder that holds the files."""
    train: NameOrPath
    validation: NameOrPath
    tests: Annotated[tuple[NameOrPath, ...], Field(min_length=1)]
    """As in `FilesCorpus`; the ending ``.conllu`` may be left out."""
    source_comment: str = "text"
    """Which comment holds the source side: ``text`` for ``# text = …``."""
    target_comment: str = "text_en"
    cleaning: Cleaning = Cleaning()


Corpus = Annotated[
    GrammarCorpus | FilesCorpus | TableCorpus | ConlluCorpus, Field(discriminator="kind")
]
CORPORA: dict[str, type[Section]] = {
    section.model_fields["kind"].default: section for section in get_args(get_args(Corpus)[0])
}
"""The section of each kind of corpus."""


def in_domain(corpus: Corpus) -> tuple[str, ...]:
    """Test sets of the corpus' own kind: those it draws, and those it names in its own folder."""
    drawn = ("test",) if corpus.kind in ("grammar", "table") else ()
    if corpus.kind == "grammar":
        return drawn
    ending = ".conllu" if corpus.kind == "conllu" else "/"
    near = (setting for setting in corpus.tests if "/" not in setting)
    return (*drawn, *(setting.partition(ending)[0] for setting in near))


class Vocabulary(TrainingSection):
    """Joint SentencePiece vocabulary of both languages."""

    kind: Literal["bpe", "unigram"] = "bpe"
    size: Annotated[Size, Field(ge=16)] = 6_000
    """Rows of the embedding matrix, special symbols included."""
    character_coverage: Annotated[float, Field(gt=0.0, le=1.0)] = 0.9999
    sample_size: Count = 100_000
    """At most this many sentences train the vocabulary, drawn evenly from both sides. They are what
    takes memory when a corpus is prepared."""
    model: PathSetting = ""
    """An existing SentencePiece model file to use instead (its content, not its place, counts)."""
