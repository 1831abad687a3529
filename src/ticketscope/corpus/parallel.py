"""Where the sentence pairs of each split come from: files, a table, treebanks, or the grammar."""

import hashlib
import heapq
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from ticketscope.config import ConlluCorpus, Corpus, FilesCorpus, GrammarCorpus, TableCorpus
from ticketscope.corpus import grammar, treebanks
from ticketscope.corpus.fetch import DATASETS
from ticketscope.errors import InputError, did_you_mean
from ticketscope.text.headers import names_columns
from ticketscope.text.lines import text_lines, zip_members
from ticketscope.text.unpacking import COMPRESSED, without_compression

Pair = tuple[str, str]
"""Source and target sentence, white space at their ends stripped."""

VALIDATION = "validation"
_TEST, _NOVEL = "test", "novel"
OfFiles = FilesCorpus | TableCorpus | ConlluCorpus
_TABLE, _CONLLU = "table", ".conllu"
_ENDINGS = (*COMPRESSED, *map(str.upper, COMPRESSED))


@dataclass(frozen=True)
class ParallelCorpus:
    """Streams of pairs, each to be read once."""

    train: Iterable[Pair]
    held_out: Mapping[str, Iterable[Pair]]
    """The validation set and after it the test sets, by name."""
    drawn_from_train: frozenset[str]
    """Held-out sets whose pairs `train` still contains: cleaning has to leave them out."""
    untranslated: Counter[str] | None = None
    """By split the sentences met so far that have no translation and so are no pairs; None where a
    corpus of this kind cannot have any."""


def open_corpus(settings: Corpus) -> ParallelCorpus:
    """Find every file of a corpus and open its streams.

    Raises `InputError` here for whatever is missing, and while a stream is read for what is wrong
    inside: sides of unequal length, too few columns, no line at all, invalid UTF-8, bad archives.
    """
    if isinstance(settings, GrammarCorpus):
        return _open_grammar(settings)
    if isinstance(settings, FilesCorpus):
        return _open_files(settings)
    if isinstance(settings, ConlluCorpus):
        return _open_conllu(settings)
    return _open_table(settings)


def input_places(settings: Corpus) -> dict[str, tuple[Path, ...]]:
    """The places where each input file may lie, best first, by the part it plays."""
    if isinstance(settings, GrammarCorpus):
        return {}
    prefixes = test_sets(settings)
    if isinstance(settings, TableCorpus):
        plain = {_TABLE: settings.path}
    else:
        plain = {}
        prefixes = {
            "train": _prefix(settings, settings.train),
            VALIDATION: _prefix(settings, settings.validation),
        } | prefixes
    for name, prefix in prefixes.items():
        if isinstance(settings, ConlluCorpus):
            plain[f"{name}{_CONLLU}"] = f"{prefix}{_CONLLU}"
        else:
            plain[f"{name}.source"] = f"{prefix}.{settings.source}"
            plain[f"{name}.target"] = f"{prefix}.{settings.target}"
    return {
        part: (Path(path), *(Path(path + end) for end in _ENDINGS if part != _TABLE))
        for part, path in plain.items()
    }


def pairs_of_files(name: str, prefix: str, languages: tuple[str, str]) -> Iterator[Pair]:
    """The pairs in files ``PREFIX.{language}``, plain or compressed.

    Raises `InputError` here for a file that is not there, and while pairs are read for what is
    wrong inside.
    """
    found = {}
    for side, language in zip(("source", "target"), languages, strict=True):
        plain = f"{prefix}.{language}"
        path = first_existing(Path(plain + end) for end in ("", *_ENDINGS))
        if path is None:
            raise InputError(
                f"{plain}: no such file (nor with {', '.join(COMPRESSED)}); give the path of "
                f"both files without .{languages[0]} and .{languages[1]}"
            )
        found[f"{name}.{side}"] = path
    return _aligned(found, name)


def first_existing(places: Iterable[Path]) -> Path | None:
    """The first of these files that is there."""
    return next((place for place in places if place.is_file()), None)


def likely_headers(settings: Corpus) -> Iterator[str]:
    """A warning for each first line that is taken as a pair but reads like names of columns."""
    if isinstance(settings, GrammarCorpus | ConlluCorpus):
        return
    found = _found(settings)
    streams: list[tuple[Path, Iterator[Pair], str]] = []
    if isinstance(settings, TableCorpus) and not settings.header:
        table = found[_TABLE]
        rows = _rows(table, _member(table, settings.member), settings)
        streams.append((table, rows, "set corpus.header = true"))
    for part, place in found.items():
        name, _, side = part.rpartition(".")
        if side == "source":
            streams.append((place, _aligned(found, name), "delete it from both files"))
    for place, pairs, mend in streams:
        pair = next(pairs, ("", ""))
        if names_columns(pair, (settings.source, settings.target)):
            yield (
                f"{place}:1: the first line is taken as a pair of sentences, but reads like names "
                f"of columns ({', '.join(pair)}); if it is a header, {mend}"
            )


# ----------------------------------------------------------------------------- the kinds


def _open_grammar(settings: GrammarCorpus) -> ParallelCorpus:
    seed = settings.seed
    held_out = {
        VALIDATION: grammar.pairs("validation", settings.num_validation, seed),
        _TEST: grammar.pairs("test", settings.num_test, seed),
    }
    if settings.num_novel:
        held_out[_NOVEL] = grammar.pairs("novel", settings.num_novel, seed)
    return ParallelCorpus(
        train=grammar.pairs("train", settings.num_train, seed),
        held_out=held_out,
        drawn_from_train=frozenset(),
    )


def _open_files(settings: FilesCorpus) -> ParallelCorpus:
    found = _found(settings)
    return ParallelCorpus(
        train=_aligned(found, "train"),
        held_out={name: _aligned(found, name) for name in (VALIDATION, *test_sets(settings))},
        drawn_from_train=frozenset(),
    )


def _open_conllu(settings: ConlluCorpus) -> ParallelCorpus:
    found = _found(settings)
    untranslated: Counter[str] = Counter()

    def translated(name: str) -> Iterator[Pair]:
        place = found[f"{name}{_CONLLU}"]
        for pair in treebanks.pairs(place, settings.source_comment, settings.target_comment):
            if pair:
                yield pair
            else:
                untranslated[name] += 1

    return ParallelCorpus(
        train=translated("train"),
        held_out={name: translated(name) for name in (VALIDATION, *test_sets(settings))},
        drawn_from_train=frozenset(),
        untranslated=untranslated,
    )


def _open_table(settings: TableCorpus) -> ParallelCorpus:
    found = _found(settings)
    table = found[_TABLE]
    member = _member(table, settings.member)
    num_held_out = settings.num_test + settings.num_validation
    held_out = _smallest_sources(_rows(table, member, settings), num_held_out)
    if len(held_out) < num_held_out:
        raise InputError(
            f"{table}: only {len(held_out)} distinct source sentences, but {num_held_out} are to "
            "be held out; lower corpus.num_validation and corpus.num_test"
        )
    return ParallelCorpus(
        train=_rows(table, member, settings),
        held_out={
            VALIDATION: held_out[settings.num_test :],
            _TEST: held_out[: settings.num_test],
        }
        | {name: _aligned(found, name) for name in test_sets(settings)},
        drawn_from_train=frozenset((VALIDATION, _TEST)),
    )


# ----------------------------------------------------------------------------- files


def test_sets(settings: OfFiles) -> dict[str, Path]:
    """Path prefixes of the test sets by name, which is the last part of the prefix, in the order of
    the settings. Raises `InputError` for a name that is not free."""
    taken = {"train", VALIDATION}
    if isinstance(settings, TableCorpus):
        taken.add(_TEST)
    prefixes: dict[str, Path] = {}
    for test in settings.tests:
        prefix = _prefix(settings, test)
        if prefix.name in taken | prefixes.keys() | {"", ".."}:
            raise InputError(
                f"corpus.tests: {test!r} would be called {prefix.name!r}, which is no free name; "
                "rename its files"
            )
        prefixes[prefix.name] = prefix
    return prefixes


def _prefix(settings: OfFiles, split: str) -> Path:
    """Where the files of a split lie, without their endings; a name, without a slash, lies in the
    folder of the corpus."""
    folder = Path(settings.path)
    if isinstance(settings, TableCorpus):
        folder = folder.parent
    if isinstance(settings, ConlluCorpus):
        split = without_compression(split).removesuffix(_CONLLU)
    return Path(split) if "/" in split else folder / split


def _found(settings: OfFiles) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for part, places in input_places(settings).items():
        path = first_existing(places)
        if path is None:
            raise InputError(_missing(part, places))
        found[part] = path
    return found


def _missing(part: str, places: tuple[Path, ...]) -> str:
    folder = places[0].parent
    looked_for = places[0].name
    if len(places) > 1:
        looked_for += f" (or with {', '.join(COMPRESSED)})"
    name = places[0].name.split(".")[0]
    files = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    there = {file.split(".")[0] for file in files}
    packed = [file for file in files if file.startswith(f"{places[0].name}.")]
    hint = f"there is {packed[0]}, which is to be unpacked first, or " if packed else ""
    hint += ("" if name in there else did_you_mean(name, there)) + (
        "set corpus.path or corpus.tests to where it is: paths in a TOML file are seen from its "
        "folder, a test set without a slash lies beside the corpus' own files"
    )
    if folder.name in DATASETS:
        hint = f"`ticketscope fetch {folder.name}` gets it, or {hint}"
    return f"{folder}: no file {looked_for} there ({part} of the corpus); {hint}"


def _aligned(found: Mapping[str, Path], name: str) -> Iterator[Pair]:
    source_file, target_file = found[f"{name}.source"], found[f"{name}.target"]
    sources, targets = text_lines(source_file), text_lines(target_file)
    num_pairs = 0
    for source, target in zip_longest(sources, targets):
        if source is None or target is None:
            num_source = num_pairs + (source is not None) + sum(1 for _ in sources)
            num_target = num_pairs + (target is not None) + sum(1 for _ in targets)
            raise InputError(
                f"{source_file} has {num_source:,} lines but {target_file} has {num_target:,}; "
                "each line must be the translation of the same line of the other file"
            )
        num_pairs += 1
        yield source.strip(), target.strip()
    if not num_pairs:
        raise InputError(f"{source_file}: no line in it; the {name} split needs sentences")


# ----------------------------------------------------------------------------- tables


def _member(table: Path, wanted: str) -> str:
    """Which file of a ``.zip`` holds the table; "" for any other kind of file."""
    if table.suffix.lower() != ".zip":
        if wanted:
            raise InputError(f"corpus.member: {table} is no .zip, so it has no members")
        return ""
    members = zip_members(table)
    if wanted in members:
        return wanted
    candidates = [name for name in members if name.endswith((".txt", ".tsv"))]
    if not wanted and len(candidates) == 1:
        return candidates[0]
    problem = f"no {wanted!r} in it" if wanted else "it is not clear which file in it to read"
    raise InputError(f"{table}: {problem}; set corpus.member to one of: {', '.join(members)}")


def _rows(table: Path, member: str, settings: TableCorpus) -> Iterator[Pair]:
    columns_needed = 1 + max(settings.source_column, settings.target_column)
    lines = enumerate(text_lines(table, member), start=1)
    if settings.header:
        next(lines, None)
    for number, line in lines:
        columns = line.split("\t")
        if not line.strip():
            yield "", ""
        elif len(columns) < columns_needed:
            raise InputError(
                f"{table}:{number}: {len(columns)} tab-separated columns, but corpus.source_column "
                f"and corpus.target_column need {columns_needed}"
            )
        else:
            source, target = columns[settings.source_column], columns[settings.target_column]
            yield source.strip(), target.strip()


def _smallest_sources(rows: Iterable[Pair], num: int) -> list[Pair]:
    """The first pair of each of the `num` sources with the smallest hashes, in hash order.

    The choice depends on the sentences only, not on their order or on a seed; memory holds `num`
    pairs. Hash order also unsorts a table that is sorted by length.
    """
    chosen: dict[int, Pair] = {}
    largest_first: list[int] = []
    for source, target in rows:
        key = int.from_bytes(hashlib.blake2b(source.encode(), digest_size=16).digest())
        if key in chosen or not (source and target):
            continue
        if len(chosen) < num:
            heapq.heappush(largest_first, -key)
        elif key < -largest_first[0]:
            del chosen[-heapq.heapreplace(largest_first, -key)]
        else:
            continue
        chosen[key] = (source, target)
    return [chosen[key] for key in sorted(chosen)]
