"""Pruning one network."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ticketscope.console.arguments import AtLeastOne, AtLeastZero
from ticketscope.controls import printable

if TYPE_CHECKING:
    from ticketscope.pruning.calibration import CalibrationFiles


_OPTIONS = {"sentences": "calibration_sentences"}


def prune(
    network: Path,
    *,
    out: Path,
    sparsity: float | None = None,
    criterion: str = "magnitude",
    per: Literal["global", "tensor", "row"] | None = None,
    pattern: str | None = None,
    seed: AtLeastZero = 1,
    calibration: str | None = None,
    source: str | None = None,
    target: str | None = None,
    calibration_sentences: AtLeastOne | None = None,
    source_code: str = "",
    target_code: str = "",
    prefix: str = "",
    device: Literal["cpu", "cuda"] | None = None,
    dtype: Literal["float32", "bfloat16"] | None = None,
    batch_tokens: AtLeastOne | None = None,
) -> None:
    """Prune a network once and store it with its mask in a new directory.

    Weights that are zero already stay so and count in. docs/prune.md says what the figures mean.

    Parameters
    ----------
    network
        The model directory of a network, e.g. RUN/replicate-0/dense/level-00/ticket.
    out
        The new directory.
    sparsity
        The share of the weights that compete which shall be zero, e.g. 0.5.
    criterion
        What ranks the weights: magnitude, random, or one that has the network read text: snip,
        fisher, wanda, sparsegpt, or that train it on the text: movement, soft_movement.
    per
        Which weights compete: all together (global), those of a tensor, or those of a row of a
        matrix (biases stay). When not given, global; with wanda and sparsegpt, row.
    pattern
        In place of --sparsity and --per: how many of how many consecutive weights of a row are
        left, e.g. 2:4.
    seed
        The seed of the criterion random, of which pairs are drawn, and of the order in which
        movement trains on them.
    calibration
        Pairs for the network to read, as the path of their two files without language:
        wmt/newstest2013 for newstest2013.en and newstest2013.de.
    source
        The language that ends the name of one file: en.
    target
        That of the translations: de.
    calibration_sentences
        How many pairs are drawn from the files; when not given, 128.
    source_code
        The source language as the network's own tokenizer writes it: eng_Latn.
    target_code
        The target language, likewise: deu_Latn.
    prefix
        A text in front of every source: '>>deu<< '.
    device
        Where the network reads the pairs; when not given, cpu.
    dtype
        In which type it computes there, whatever it is stored in; when not given, float32.
    batch_tokens
        Padded positions of a batch at the most; lower it where memory is short. sparsegpt reads
        all pairs at once: give it fewer of them.
    """
    from ticketscope.console.terminal import at_work
    from ticketscope.networks.network import Network
    from ticketscope.pruning import one_shot

    base = Network.from_directory(
        network, source_code=source_code, target_code=target_code, prefix=prefix
    )
    files = _files(
        calibration,
        {"source": source, "target": target},
        {"source_code": source_code, "target_code": target_code, "prefix": prefix},
        {
            "sentences": calibration_sentences,
            "device": device,
            "dtype": dtype,
            "batch_tokens": batch_tokens,
        },
    )
    lines: list[str] = []
    with at_work("pruning"):
        pruned = one_shot.prune(
            base,
            out=out,
            sparsity=sparsity,
            criterion=criterion,
            per=per,
            pattern=pattern,
            seed=seed,
            calibration=files,
            tell=lines.append,
        )
        kept, shares = pruned.kept, pruned.sparsity
    print(printable(str(out)))
    for line in lines:
        print(printable(line))
    print(
        f"{kept.num_pruned:,} of {kept.num_weights:,} prunable weights are zero: sparsity "
        f"{shares.prunable:.4f} of prunable, {shares.total:.4f} of all, "
        f"{shares.non_embedding:.4f} of non-embedding weights"
    )
    if names := one_shot.left_out(base):
        print(f"not copied (folders, and weights from before): {printable(', '.join(names))}")


def _files(
    calibration: str | None,
    languages: dict[str, str | None],
    conventions: dict[str, str],
    how: dict[str, Any],
) -> "CalibrationFiles | None":
    """The files that were given; None where none were."""
    from ticketscope.errors import InputError
    from ticketscope.pruning.calibration import CalibrationFiles

    if calibration is None:
        for name, value in {**languages, **conventions, **how}.items():
            if value:
                option = _OPTIONS.get(name, name).replace("_", "-")
                raise InputError(
                    f"prune: --{option} says how pairs are read, but there are none: give "
                    "--calibration PREFIX, or leave it out"
                )
        return None
    source, target = languages["source"], languages["target"]
    if not (source and target):
        raise InputError(
            f"prune: give --source and --target, the languages that end the names of the files of "
            f"--calibration: en and de for {printable(calibration)}.en and {printable(calibration)}"
            ".de"
        )
    given = {name: value for name, value in how.items() if value}
    return CalibrationFiles(prefix=calibration, source=source, target=target, **given)
