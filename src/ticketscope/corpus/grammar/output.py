"""The sentences of the grammar as lines of text: pairs, annotation in four formats, contrasts."""

import json
from collections.abc import Iterator
from dataclasses import asdict

from ticketscope.annotation.alignment import pharaoh
from ticketscope.annotation.exports import annotation_record, conllu
from ticketscope.annotation.phrase_trees import bracketed
from ticketscope.corpus import grammar
from ticketscope.corpus.grammar import Annotated, Split
from ticketscope.corpus.grammar.phenomena import PHENOMENA

ALL_PHENOMENA = "all"


def pair_lines(split: Split, num: int, seed: int) -> Iterator[str]:
    """English, tab, German."""
    for source, target in grammar.pairs(split, num, seed):
        yield f"{source}\t{target}"


def json_lines(split: Split, num: int, seed: int) -> Iterator[str]:
    """Every layer, the targets of every probing task, the word alignment and the tags."""
    for found in grammar.annotations(split, num, seed):
        yield json.dumps(record(found, seed), ensure_ascii=False)


def record(found: Annotated, seed: int) -> dict[str, object]:
    """An annotated sentence as one JSON object; `seed` draws the negatives of pair tasks."""
    german = found.german_words
    return {
        "source": found.translated.english,
        "target": german.text,
        "target_words": [german.text[start:end] for start, end in german.spans],
        "alignment": asdict(found.alignment),
        "tags": asdict(found.tags),
        **annotation_record(found.gold, seed),
        "corrupted": annotation_record(found.corrupted, seed),
    }


def conllu_blocks(split: Split, num: int, seed: int) -> Iterator[str]:
    """Blocks of CoNLL-U, each with the empty line that ends it."""
    for number, found in enumerate(grammar.annotations(split, num, seed), start=1):
        yield conllu(found.gold, f"{split}-{seed}-{number}").removesuffix("\n")


def tree_lines(split: Split, num: int, seed: int) -> Iterator[str]:
    """Bracketed trees, one per line."""
    for found in grammar.annotations(split, num, seed):
        assert found.gold.tree
        yield bracketed(found.gold.tree)


def pharaoh_lines(split: Split, num: int, seed: int) -> Iterator[str]:
    """Word alignments, one per line: ``0-0 1-2 3p2``, p for a link that is merely possible.

    Words are counted as the JSON has them: `words` and `target_words`.
    """
    for found in grammar.aligned_pairs(split, num, seed):
        yield pharaoh(found.alignment)


def contrast_lines(phenomenon: str, split: Split, num: int, seed: int) -> Iterator[str]:
    """Phenomenon, English, right German, wrong German; of all phenomena, `num` each."""
    for name in _named(phenomenon):
        for found in grammar.contrasts(name, split, num, seed):
            yield "\t".join((name, found.source, found.right, found.wrong))


def num_phenomena(phenomenon: str) -> int:
    """How many phenomena this names."""
    return len(_named(phenomenon))


def _named(phenomenon: str) -> tuple[str, ...]:
    return tuple(PHENOMENA) if phenomenon == ALL_PHENOMENA else (phenomenon,)
