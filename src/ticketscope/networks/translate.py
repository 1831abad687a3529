"""Translating with a network: beam search through CTranslate2.

A network is converted once, then decoded from pieces to pieces (`networks.decoding`). A directory
of CTranslate2's is decoded as it is.

transformers' own `generate` gives the same translations with `generation_settings`; it is the
oracle of the tests. This takes four details (figures: 200 sentences of Multi30k, small trained
models of either norm, five settings of beam and length penalty; all 200 agree in each):

* Symbols that are no text (pad, beginning of sentence) are never produced: CTranslate2 drops the
  pad row of a Marian model and is told to suppress both in an M2M100 one.
* The probability of suppressed symbols goes to the others. CTranslate2 normalises after
  suppressing, transformers before, unless told to do it again (`renormalize_logits`; else 199
  agree).
* Both stop when there are as many complete hypotheses as beams (`early_stopping`; else down to
  81 agree).
* M2M100's first position is its pad id + 1 in transformers and always 2 in CTranslate2's own
  converter; `families.m2m100` has it as in transformers (with pad 0, 65 agree, greedily).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ticketscope.networks.decoding.engine import Engine, batched
from ticketscope.networks.decoding.engine_opening import Stored, engine_of, stored_network
from ticketscope.text.tokenizer import PLAIN, Conventions, Tokenizer
from ticketscope.text.vocabulary import Vocabulary

BATCH_SIZE = 32
"""Sentences decoded together, unless the caller gives another number."""

MAX_DECODING_LENGTH = 256
"""The most pieces of a translation, unless the caller gives another number."""


def generation_settings(
    vocabulary: Vocabulary, *, beam: int, length_penalty: float, max_decoding_length: int
) -> dict[str, Any]:
    """Values for a ticket's ``generation_config.json`` that make `generate` agree with CTranslate2.

    `max_decoding_length` counts pieces, end of sentence included.
    """
    no_text = [vocabulary.pad_id] + ([] if vocabulary.bos_id is None else [vocabulary.bos_id])
    return {
        "decoder_start_token_id": vocabulary.decoder_start_id,
        "bos_token_id": vocabulary.bos_id,
        "eos_token_id": vocabulary.eos_id,
        "pad_token_id": vocabulary.pad_id,
        "bad_words_ids": [[symbol] for symbol in no_text],
        "renormalize_logits": True,
        "num_beams": beam,
        "early_stopping": beam > 1,
        "length_penalty": length_penalty,
        "max_new_tokens": max_decoding_length,
    }


@dataclass(frozen=True, eq=False)
class Translating:
    """A converted network with the settings of its beam search."""

    engine: Engine
    tokenizer: Tokenizer
    beam: int
    length_penalty: float
    max_decoding_length: int

    def __call__(self, texts: Sequence[str]) -> list[str]:
        """Translations in the order of `texts`."""
        return self.counted(texts)[0]

    def counted(self, texts: Sequence[str]) -> tuple[list[str], int]:
        """The same, and how many texts were too long to be read at once: they were read in windows
        that know nothing of each other."""
        sources = self.tokenizer.source.encode(texts)
        translations = self.engine.translate(
            sources,
            beam=self.beam,
            length_penalty=self.length_penalty,
            max_decoding_length=self.max_decoding_length,
            batch_size=BATCH_SIZE,
        )
        num_windowed = sum(len(source) > self.engine.longest_window for source in sources)
        return [self.tokenizer.target.decode(ids) for ids in translations], num_windowed


@contextmanager
def translating(
    network: Stored,
    tokenizer: Tokenizer,
    scratch: Path | None,
    *,
    beam: int,
    length_penalty: float,
    max_decoding_length: int | None,
    threads: int,
) -> Iterator[Translating]:
    """What translates texts with a network.

    Args:
        network: the network.
        tokenizer: cuts its texts.
        scratch: a folder to convert it in; None for the one that the system has for such.
        beam: width of the beam.
        length_penalty: see `Engine.translate`.
        max_decoding_length: the most pieces of a translation; None for `MAX_DECODING_LENGTH`, or
            the positions of the network if these are fewer.
        threads: how many threads decode.
    """
    with engine_of(network, tokenizer, scratch, threads=threads) as engine:
        longest = max_decoding_length or min(MAX_DECODING_LENGTH, engine.longest)
        yield Translating(engine, tokenizer, beam, length_penalty, longest)


def translate_lines(
    directory: Path,
    lines: Iterable[str],
    *,
    beam: int,
    length_penalty: float,
    max_decoding_length: int | None,
    threads: int,
    chunk: int,
    conventions: Conventions = PLAIN,
    tokenizer: Path | None = None,
    at_end: Callable[[int], None] | None = None,
) -> Iterator[str]:
    """Translate text line by line: one line for each line; an empty line stays empty.

    The settings are those of `translating`; `conventions` and `tokenizer` those of `Network`.
    `at_end` is told how many lines were read in windows. Reads `chunk` lines ahead and holds no
    more. A line may end in a line break; none comes out. Raises `InputError` if `directory` has no
    complete network.
    """
    network = stored_network(directory, tokenizer)
    with translating(
        network,
        network.tokenizer(conventions),
        None,
        beam=beam,
        length_penalty=length_penalty,
        max_decoding_length=max_decoding_length,
        threads=threads,
    ) as translate:
        num_windowed = 0
        for texts in batched(lines, chunk):
            found, num_more = translate.counted([text.rstrip("\r\n") for text in texts])
            num_windowed += num_more
            yield from found
        if at_end:
            at_end(num_windowed)
