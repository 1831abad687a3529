"""Attention between words: which cell is which, for words of several pieces, of none, and links."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from ticketscope.annotation.alignment import Alignment
from ticketscope.networks.loaded import LoadedNetwork
from ticketscope.networks.trace import DECODER_SELF, ENCODER_DECODER, ENCODER_SELF
from ticketscope.steps.attention import roles as head_roles
from ticketscope.steps.attention.data import GoldSentence
from ticketscope.steps.word_maps import PREDICTED, Side, of_words
from ticketscope.text.tokenizer import AlignedSentence, Frame
from ticketscope.text.words import RawSentence

# Source: the word 0 has two pieces, the word 1 none, the word 2 one; a lone blank before it.
SOURCE = AlignedSentence((11, 12, 13, 14), ((0, 1), (), (3,)))
# Target: a word of one piece and a word of two.
TARGET = AlignedSentence((21, 22, 23), ((0,), (1, 2)))
A, B, END = 0, 1, 2  # columns of the source: its two words that have pieces


def one_hot(keys: list[int], num_keys: int) -> np.ndarray:
    """Each query looks at one key: `[1 head, query, key]`."""
    return np.eye(num_keys, dtype=np.float32)[keys][None]


FRAME = Frame(0, (), (2,), (9,), (2,), (0, 10))


def maps() -> dict[str, np.ndarray]:
    """Source positions: two pieces, the blank, a piece, the end; target: start, three pieces."""
    of_pieces = {
        ENCODER_SELF: one_hot([3, 4, 0, 2, 1], 5),
        DECODER_SELF: one_hot([0, 0, 1, 3], 4),
        # Reading the start, the first word, and the pieces of the second.
        ENCODER_DECODER: one_hot([3, 0, 4, 1], 5),
    }
    return of_words(of_pieces, FRAME, Side.of(SOURCE), Side.of(TARGET))


def test_words_without_a_piece_are_left_out_and_counted() -> None:
    side = Side.of(SOURCE)
    assert side.words == ((0, 1), (3,))
    assert side.places == {0: 0, 2: 1}
    assert side.num_without_piece == 1


def test_every_cell_is_where_it_belongs() -> None:
    found = maps()
    # Word 0 looks half at word 2 and half at the end; word 2 at the blank, which is its own.
    np.testing.assert_allclose(found[ENCODER_SELF][0], [[0, 0.5, 0.5], [0, 1, 0]])
    # The word 0 is read at 1 and looks at the start; the word 1 at 2 and 3.
    np.testing.assert_allclose(found[DECODER_SELF][0], [[0, 0, 1], [0.5, 0.5, 0]])
    np.testing.assert_allclose(found[ENCODER_DECODER][0], [[1, 0, 0], [0.5, 0, 0.5]])
    # Predicted at the positions before: the start for word 0, 1 and 2 for word 1.
    np.testing.assert_allclose(found[PREDICTED][0], [[0, 1, 0], [0.5, 0, 0.5]])


def gold(**layers: Any) -> GoldSentence:
    source = RawSentence("ab c de", ((0, 2), (3, 4), (5, 7)))
    target = RawSentence("A bc", ((0, 1), (2, 4)))
    return GoldSentence(source, **{"target": target, **layers})


def links(one: GoldSentence) -> dict[str, tuple[str, Any]]:
    found = head_roles._links(one, Side.of(SOURCE), Side.of(TARGET))
    return {name: (kind, linked) for name, kind, linked in found}


def test_links_count_in_words_that_have_pieces() -> None:
    found = links(gold(syntax=((0, (2,)), (1, (2,)), (2, (1,))), coreference=((2, (0, 1)),)))
    assert found == {
        "syntactic_head": (ENCODER_SELF, ((A, (B,)),)),
        "coreferent": (ENCODER_SELF, ((B, (A,)),)),
    }


def test_alignments_are_read_in_the_rows_that_they_are_named_for() -> None:
    alignment = Alignment(sure=((0, 0), (1, 1)), possible=((0, 0), (1, 1), (2, 1)))
    one = gold(alignment=alignment)
    linked = ((0, (A,)), (1, (B,)))  # the merely possible one too; not the word without pieces
    assert links(one) == {
        "aligned_read": (ENCODER_DECODER, linked),
        "aligned_predicted": (PREDICTED, linked),
    }
    counted = head_roles._alignments(one, Side.of(SOURCE), Side.of(TARGET))
    assert list(counted) == [
        ("aer_read", ENCODER_DECODER, [(A, 0)], [(A, 0), (B, 1)]),
        ("aer_predicted", PREDICTED, [(A, 0)], [(A, 0), (B, 1)]),
    ]


def both_sides(aligned: Iterator[AlignedSentence]) -> Any:
    """A tokenizer that gives these sentences one after the other, whichever side is asked."""
    codec = SimpleNamespace(align=lambda _: next(aligned))
    return SimpleNamespace(source=codec, target=codec)


def test_relations_of_a_network_are_those_of_its_maps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        head_roles, "word_maps", lambda _network, pairs, _device: [[(0, maps())]] if pairs else []
    )
    network = cast(LoadedNetwork, SimpleNamespace(frame=FRAME, max_positions=9))
    aligned = iter([SOURCE, TARGET])
    alignment = Alignment(sure=((0, 0), (2, 1)), possible=((0, 0), (2, 1)))
    figures, counts = head_roles.relations(
        network, [gold(syntax=((0, (2,)),), alignment=alignment)], both_sides(aligned), "cpu"
    )
    assert counts == {
        "num_empty": 0,
        "num_too_long": 0,
        "syntactic_head": 1,
        "aligned_read": 2,
        "aligned_predicted": 2,
    }
    assert figures[ENCODER_SELF]["syntactic_head"] == pytest.approx([0.5])
    # Read: word 0 puts all on its own, word 1 nothing on word 2.
    assert figures[ENCODER_DECODER]["aligned_read"] == pytest.approx([0.5])
    assert figures[ENCODER_DECODER]["aligned_predicted"] == pytest.approx([0.0])
    # Two links each, two sure: read has one of them, predicted none.
    assert figures[ENCODER_DECODER]["aer_read"] == pytest.approx([0.5])
    assert figures[ENCODER_DECODER]["aer_predicted"] == pytest.approx([1.0])


@pytest.mark.parametrize(
    ("positions", "target", "counts"),
    [
        (4, TARGET, {"num_empty": 0, "num_too_long": 1}),
        (9, AlignedSentence((), ()), {"num_empty": 1, "num_too_long": 0}),
        (9, AlignedSentence((), ((),)), {"num_empty": 1, "num_too_long": 0}),
        (4, AlignedSentence((), ()), {"num_empty": 1, "num_too_long": 0}),  # counted once
    ],
)
def test_a_sentence_is_left_out_and_counted_under_its_own_reason(
    positions: int, target: AlignedSentence, counts: dict[str, int]
) -> None:
    network = cast(LoadedNetwork, SimpleNamespace(frame=FRAME, max_positions=positions))
    aligned = iter([SOURCE, target])
    found = head_roles.relations(network, [gold(syntax=((0, (2,)),))], both_sides(aligned), "cpu")
    assert found == ({}, counts)
