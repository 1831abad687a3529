"""The held-out sentences whose words are measured, and what is checked of them before any work."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from ticketscope.config import Representations
from ticketscope.corpus.stored_texts import HeldOut
from ticketscope.errors import InputError, did_you_mean
from ticketscope.measures.floors import enough_words
from ticketscope.networks.trace import raw_words
from ticketscope.steps.bench import Bench
from ticketscope.text.lines import text_lines
from ticketscope.text.words import RawSentence

FEWEST_WORDS = 3
"""Below which similarity is not defined."""


WIDEST_OF_AUTO = 512
"""Up to this width, that of Transformer base, `auto` measures the decoder, too: the measurement
takes twice as long with it, and its cost grows faster than the width."""


def measures_decoder(settings: Representations, width: int) -> bool:
    """Whether the decoder's layers of networks so wide are measured too."""
    if settings.decoder != "auto":
        return settings.decoder
    return width <= WIDEST_OF_AUTO and not any("/" in name for name in settings.sentences)


def check_names(key: str, names: Sequence[str], corpus: HeldOut) -> None:
    """Raise `InputError` for a name in a setting that is no held-out set."""
    known = corpus.names
    for name in names:
        if name not in known:
            meant = did_you_mean(name, known)
            raise InputError(f"{key}: {name} is no held-out set; {meant}valid: {', '.join(known)}")


def first_pairs(corpus: HeldOut, names: Sequence[str], num: int) -> Iterator[tuple[str, int]]:
    """How many pairs of each of these held-out sets are taken, from its first on, until there are
    `num`; sets of which none is taken are left out."""
    left = num
    for name in names:
        number = min(left, len(corpus.text(name).source))
        left -= number
        if number:
            yield name, number


def check_sentences(corpus: HeldOut, settings: Representations) -> None:
    """Raise `InputError` for a name that is neither a held-out set nor a file, before any work."""
    known = corpus.names
    for name in settings.sentences:
        if name not in known and not ("/" in name and Path(name).is_file()):
            raise InputError(
                f"representations.sentences: {name} is neither a held-out set ({', '.join(known)}) "
                f"nor a file; {did_you_mean(name, known)}write a file with a slash, e.g. ./mine.txt"
            )
        if name not in known and settings.decoder is True:
            raise InputError(
                f"representations.sentences: {name} has no translations for the decoder; "
                "set representations.decoder = false, or name held-out sets only"
            )


def held_out_sentences(
    corpus: HeldOut, settings: Representations
) -> tuple[list[RawSentence], list[RawSentence]]:
    """The sentences whose words are measured, and their translations, empty for those of files.

    Raises `InputError` if they hold almost no words.
    """
    check_sentences(corpus, settings)
    sources: list[RawSentence] = []
    targets: list[RawSentence] = []
    num_words = 0
    for source, target in _pairs(corpus, settings.sentences):
        if num_words >= settings.num_words:
            break
        sources.append(raw_words(source))
        targets.append(raw_words(target))
        num_words += len(sources[-1].spans)
    if num_words < FEWEST_WORDS:
        raise InputError(
            f"representations.sentences: {', '.join(settings.sentences)} hold {num_words} words; "
            f"at least {FEWEST_WORDS} are needed"
        )
    return sources, targets


def _pairs(corpus: HeldOut, names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Sources and targets of held-out sets; the lines of a file, without a target."""
    for name in names:
        if name in corpus.names:
            text = corpus.text(name)
            yield from zip(text.source, text.target, strict=True)
        else:
            yield from ((line, "") for line in text_lines(Path(name)) if line.strip())


def few_words(num_words: int, width: int) -> str | None:
    """A warning if there are too few words for the neurons, so that figures are noisy."""
    enough = enough_words(width)
    if num_words >= enough:
        return None
    return (
        f"representations are measured on {num_words:,} words, fewer than {enough:,}: mind the "
        "noise floors, or name more sentences in representations.sentences"
    )


def sentences(bench: Bench) -> tuple[list[RawSentence], list[RawSentence] | None]:
    """The sentences whose words are measured, and their translations where the decoder is too."""
    settings = bench.study.representations
    sources, targets = held_out_sentences(bench.held_out, settings)
    decoder = measures_decoder(settings, bench.panel.largest.width)
    return sources, targets if decoder else None


def warning(bench: Bench) -> str | None:
    """`few_words` of the sentences of a run."""
    sources, _ = bench.once(sentences)
    num_words = sum(len(source.spans) for source in sources)
    return few_words(num_words, bench.panel.largest.width)
