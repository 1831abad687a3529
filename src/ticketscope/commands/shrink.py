"""Shrinking one network."""

from pathlib import Path
from typing import Annotated, Literal

from ticketscope.console.arguments import AtLeastOne, AtLeastZero, Several
from ticketscope.controls import printable


def shrink(
    network: Path,
    *,
    out: Path,
    calibration: str,
    source: str,
    target: str,
    neurons: float | None = None,
    encoder_layers: AtLeastOne | None = None,
    decoder_layers: AtLeastOne | None = None,
    vocabulary: Annotated[tuple[str, ...], Several] = (),
    heads: float | None = None,
    by: Literal["magnitude", "taylor", "loss"] | None = None,
    to: Literal["transformers", "ctranslate2"] = "transformers",
    source_code: str = "",
    target_code: str = "",
    prefix: str = "",
    calibration_sentences: AtLeastOne = 128,
    seed: AtLeastZero = 1,
    device: Literal["cpu", "cuda"] = "cpu",
    batch_tokens: AtLeastOne = 4096,
) -> None:
    """Remove layers, neurons, heads and pieces of a network, and store what is left of it.

    What goes is gone, not zero: the new network is smaller and faster. Nothing is trained;
    docs/shrink.md says how to train it on, and what can shrink in which family.

    Parameters
    ----------
    network
        The model directory of a network, e.g. opus-mt-en-de.
    out
        The new directory.
    calibration
        Pairs on which losses are measured, as the path of their two files without language:
        data/valid for data/valid.en and data/valid.de.
    source
        The language that the network reads, which ends the names of files: en.
    target
        The language that it writes: de.
    neurons
        The share of the neurons of every feed-forward block that goes, e.g. 0.5.
    encoder_layers
        How many layers of the encoder are left.
    decoder_layers
        How many layers of the decoder are left.
    vocabulary
        A corpus, as a path like that of --calibration: only its pieces stay. Give it several times
        for more.
    heads
        The share of the heads of every attention block that goes, with --to ctranslate2 alone.
    by
        What ranks neurons and heads: the size of their weights (magnitude), the derivative of the
        loss (taylor), or the loss without each (slow). When not given, magnitude for neurons and
        taylor for heads.
    to
        Whose format is written.
    source_code
        The source language as the network's own tokenizer writes it: eng_Latn.
    target_code
        The target language, likewise: deu_Latn.
    prefix
        A text in front of every source: '>>deu<< '.
    calibration_sentences
        How many pairs are drawn from the calibration files.
    seed
        The seed of that draw.
    device
        Where the network reads them.
    batch_tokens
        Padded positions of a batch at the most; lower it where memory is short.
    """
    from ticketscope.console.terminal import at_work
    from ticketscope.networks.network import Network
    from ticketscope.pruning.calibration import CalibrationFiles
    from ticketscope.shrinking import shrink as shrinking

    base = Network.from_directory(
        network, source_code=source_code, target_code=target_code, prefix=prefix
    )
    lines: list[str] = []
    with at_work("shrinking"):
        shrinking.shrink(
            base,
            out=out,
            calibration=CalibrationFiles(
                prefix=calibration,
                source=source,
                target=target,
                sentences=calibration_sentences,
                device=device,
                batch_tokens=batch_tokens,
            ),
            neurons=neurons,
            encoder_layers=encoder_layers,
            decoder_layers=decoder_layers,
            vocabulary=vocabulary,
            heads=heads,
            by=by,
            to=to,
            seed=seed,
            tell=lines.append,
        )
    for line in (str(out), *lines):
        print(printable(line))
