"""Translating with a ticket: beam search through CTranslate2.

A ticket is a model folder of transformers (MarianMTModel or M2M100ForConditionalGeneration, with
MarianTokenizer's files). It is converted once, then decoded from pieces to pieces.

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
* M2M100's first position is its pad id + 1 in transformers and always 2 in CTranslate2's converter,
  so its pad id must be 1 (with pad 0, 65 agree, greedily); `ModelFolder.vocabulary` insists.
"""

import itertools
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

import ctranslate2
import torch
from ctranslate2.converters.transformers import M2M100Loader, MarianMTLoader

from ticketscope import files
from ticketscope.errors import InputError
from ticketscope.networks.folder import ModelFolder
from ticketscope.text.vocabulary import Vocabulary

BATCH_SIZE = 32
"""Sentences decoded together, unless the caller gives another number."""

MAX_DECODING_LENGTH = 256
"""The most pieces of a translation, unless the caller gives another number."""

_END = "</s>"
_NO_TEXT = ("<s>", "<pad>")
_LIMITS = "limits.json"  # beside CTranslate2's files: what its format does not record
ComputeType = Literal["float32", "int8"]
T = TypeVar("T")


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


def convert(source: ModelFolder, folder: Path, compute_type: ComputeType = "float32") -> None:
    """Write a ticket to `folder` in CTranslate2's format; the folder appears complete.

    Raises `InputError` when the vocabulary of `source` does not fit its network.
    """
    vocabulary, network = _vocabulary(source), source.network()
    limits = {"max_positions": source.config.max_positions}
    # The steps of CTranslate2's own converter, which would load the folder again in its own way,
    # with whatever the files there name.
    loader = MarianMTLoader() if source.config.norm == "post" else M2M100Loader()
    with torch.no_grad():
        spec = loader(network, _Symbols(vocabulary))
        spec.validate()
        spec.optimize(quantization=compute_type)
    with files.folder_appearing(folder) as partial:
        spec.save(str(partial))
        files.write_json(partial / _LIMITS, limits)


def _vocabulary(source: ModelFolder) -> Vocabulary:
    vocabulary = source.tokenizer().source
    assert isinstance(vocabulary, Vocabulary)
    return vocabulary


class _Symbols:
    """What the conversion asks of a tokenizer."""

    eos_token, unk_token, bos_token, pad_token = "</s>", "<unk>", "<s>", "<pad>"

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._names = vocabulary.names
        self.unk_token_id = vocabulary.unk_id
        self.special_tokens_map: dict[str, Any] = {}

    def get_vocab(self) -> dict[str, int]:
        """Rows of the embedding by name."""
        return {name: number for number, name in enumerate(self._names)}

    def convert_ids_to_tokens(self, number: int) -> str:
        """The name of a row."""
        return self._names[number]


class Translator:
    """A converted ticket in memory."""

    def __init__(self, folder: Path, *, threads: int, compute_type: ComputeType) -> None:
        """Load what `convert` wrote for the same `compute_type`, or quantise its weights now."""
        self._engine = ctranslate2.Translator(
            str(folder),
            device="cpu",
            compute_type=compute_type,
            inter_threads=1,
            intra_threads=threads,
        )
        self._max_positions: int = files.read_json(folder / _LIMITS)["max_positions"]
        symbols = files.read_json(folder / "shared_vocabulary.json")
        self._suppressed = [[symbol] for symbol in _NO_TEXT if symbol in symbols]

    def translate(
        self,
        sources: Sequence[Sequence[str]],
        *,
        beam: int,
        length_penalty: float,
        max_decoding_length: int,
        batch_size: int,
    ) -> list[list[str]]:
        """Translate sentences given as pieces without the end of sentence; pieces in their order.

        The score of a hypothesis is its log-probability over its length to the power
        `length_penalty`, end of sentence included. A sentence without pieces stays empty. One
        that is longer than the model has positions is translated in windows of that length, so
        that nothing is dropped. Batches are made of neighbours in length, ties in the order given:
        the same sentences in the same order always give the same translations.

        Raises `InputError` when `max_decoding_length` exceeds the positions of the model.
        """
        if max_decoding_length > self._max_positions:
            raise InputError(
                f"max_decoding_length: {max_decoding_length} pieces, but the model has "
                f"{self._max_positions} positions; lower it to that"
            )
        longest = self._max_positions - 1  # leaves room for the end of sentence
        windows = [
            (sentence, [*pieces[start : start + longest], _END])
            for sentence, pieces in enumerate(sources)
            for start in range(0, len(pieces), longest)
        ]
        by_length = sorted(range(len(windows)), key=lambda window: len(windows[window][1]))
        decoded: list[list[str]] = [[]] * len(windows)
        for batch in _batched(by_length, batch_size):
            results = self._engine.translate_batch(
                [windows[window][1] for window in batch],
                beam_size=beam,
                length_penalty=length_penalty,
                max_decoding_length=max_decoding_length,
                min_decoding_length=0,
                max_input_length=0,
                suppress_sequences=self._suppressed,
            )
            for window, result in zip(batch, results, strict=True):
                decoded[window] = result.hypotheses[0]
        translations: list[list[str]] = [[] for _ in sources]
        for (sentence, _), pieces in zip(windows, decoded, strict=True):
            translations[sentence].extend(pieces)
        return translations


@dataclass(frozen=True, eq=False)
class Translating:
    """A converted network with the settings of its beam search."""

    engine: Translator
    vocabulary: Vocabulary
    beam: int
    length_penalty: float
    max_decoding_length: int

    def __call__(self, texts: Sequence[str]) -> list[str]:
        """Translations in the order of `texts`."""
        translations = self.engine.translate(
            [self.vocabulary.pieces(text) for text in texts],
            beam=self.beam,
            length_penalty=self.length_penalty,
            max_decoding_length=self.max_decoding_length,
            batch_size=BATCH_SIZE,
        )
        return [self.vocabulary.decode_pieces(pieces) for pieces in translations]


@contextmanager
def translating(
    source: ModelFolder,
    scratch: Path | None,
    *,
    beam: int,
    length_penalty: float,
    max_decoding_length: int | None,
    threads: int,
) -> Iterator[Translating]:
    """What translates texts with a network.

    Args:
        source: the network.
        scratch: a folder to convert it in; None for the one that the system has for such.
        beam: width of the beam.
        length_penalty: see `Translator.translate`.
        max_decoding_length: the most pieces of a translation; None for `MAX_DECODING_LENGTH`, or
            the positions of the network if these are fewer.
        threads: how many threads decode.
    """
    longest = max_decoding_length or min(MAX_DECODING_LENGTH, source.config.max_positions)
    with files.scratch_folder(scratch or Path(tempfile.gettempdir())) as folder:
        convert(source, folder / "model")
        engine = Translator(folder / "model", threads=threads, compute_type="float32")
        yield Translating(engine, _vocabulary(source), beam, length_penalty, longest)


def translate_lines(
    ticket: Path,
    lines: Iterable[str],
    *,
    beam: int,
    length_penalty: float,
    max_decoding_length: int | None,
    threads: int,
    chunk: int,
) -> Iterator[str]:
    """Translate text line by line: one line for each line; an empty line stays empty.

    The settings are those of `translating`.
    Reads `chunk` lines ahead and holds no more. A line may end in a line break; none comes out.
    Raises `InputError` if `ticket` is no complete model folder.
    """
    with translating(
        ModelFolder(ticket),
        None,
        beam=beam,
        length_penalty=length_penalty,
        max_decoding_length=max_decoding_length,
        threads=threads,
    ) as translate:
        for texts in _batched(lines, chunk):
            yield from translate([text.rstrip("\r\n") for text in texts])


def _batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of `size` items, the last one shorter; nothing is read further ahead."""
    iterator = iter(items)
    return iter(lambda: list(itertools.islice(iterator, size)), [])
