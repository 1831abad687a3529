"""Repairing one network."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from ticketscope.console.arguments import AtLeastOne, AtLeastZero
from ticketscope.controls import printable

if TYPE_CHECKING:
    from ticketscope.pruning.calibration import CalibrationFiles


def restore(
    variant: Path,
    *,
    base: Annotated[Path, Parameter(name="--from")],
    out: Path,
    layers: str = "",
    budget: float | None = None,
    validation: str | None = None,
    source: str | None = None,
    target: str | None = None,
    validation_sentences: AtLeastOne = 200,
    source_code: str = "",
    target_code: str = "",
    prefix: str = "",
    seed: AtLeastZero = 1,
    device: Literal["cpu", "cuda"] = "cpu",
    batch_tokens: AtLeastOne = 4096,
) -> None:
    """Put layers or blocks of the base back into a compressed network, in a new directory.

    Give --layers, or --budget with validation pairs: then the cheapest repair is searched. Nothing
    is trained. docs/causes.md says what a part is and how the search goes.

    Parameters
    ----------
    variant
        The model directory of the network to repair.
    base
        That of the network it was made from: same shapes, same tokenizer.
    out
        The new directory.
    layers
        What is restored, with commas between: encoder.1 (a layer), decoder.3.feed_forward (a block
        with its layer norm), decoder (a stack), embeddings, decoder.final_norm.
    budget
        Instead: how many weights a repair may cost, as a share of the base's weights, e.g. 0.1.
        Of a sparse network those count that come back, of another one all that differ.
    validation
        Pairs on which the loss is measured, as the path of their two files without language:
        data/valid for data/valid.en and data/valid.de.
    source
        The language that the network reads, which ends the name of its file: en.
    target
        The language that it writes: de.
    validation_sentences
        How many pairs are drawn from the files.
    source_code
        The source language as the network's own tokenizer writes it: eng_Latn.
    target_code
        The target language, likewise: deu_Latn.
    prefix
        A text in front of every source: '>>deu<< '.
    seed
        The seed of that draw.
    device
        Where the networks read the pairs.
    batch_tokens
        Padded positions of a batch at the most; lower it where memory is short.
    """
    from ticketscope.console.terminal import at_work
    from ticketscope.networks.network import Network
    from ticketscope.pruning import one_shot
    from ticketscope.restoring import restore as restoring

    network, dense = (
        Network.from_directory(
            directory, source_code=source_code, target_code=target_code, prefix=prefix
        )
        for directory in (variant, base)
    )
    pairs = _pairs(validation, source, target, validation_sentences, device, batch_tokens)
    lines: list[str] = []
    with at_work("restoring"):
        restoring.restore(
            network,
            dense,
            out=out,
            layers=tuple(filter(None, (name.strip() for name in layers.split(",")))),
            budget=budget,
            validation=pairs,
            seed=seed,
            tell=lines.append,
        )
    for line in (str(out), *lines):
        print(printable(line))
    if names := one_shot.left_out(network):
        print(f"not copied (folders, and weights from before): {printable(', '.join(names))}")


def _pairs(
    validation: str | None,
    source: str | None,
    target: str | None,
    sentences: int,
    device: str,
    batch_tokens: int,
) -> "CalibrationFiles | None":
    """The files that were given; None where none were."""
    from ticketscope.errors import InputError
    from ticketscope.pruning.calibration import CalibrationFiles

    if validation is None:
        if source or target:
            raise InputError(
                "restore: --source and --target say how pairs are read, but there are none: give "
                "--validation PREFIX, or leave them out"
            )
        return None
    if not (source and target):
        raise InputError(
            "restore: give --source and --target, the languages that end the names of the files of "
            f"--validation: en and de for {printable(validation)}.en and {printable(validation)}.de"
        )
    return CalibrationFiles(
        prefix=validation,
        source=source,
        target=target,
        sentences=sentences,
        device=device,
        batch_tokens=batch_tokens,
        called="validation",
    )
