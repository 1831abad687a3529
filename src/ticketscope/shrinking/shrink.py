"""Shrinking a stored network: another directory, in which units are not zero but gone."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial
from math import prod
from pathlib import Path

from ticketscope.errors import InputError
from ticketscope.files import folder_appearing, scratch_folder, sweep_beside, write_text
from ticketscope.networks.decoding.conversion import convert
from ticketscope.networks.decoding.engine_file import ENGINE_FILE
from ticketscope.networks.families import CONFIG
from ticketscope.networks.folder import ModelFolder
from ticketscope.networks.loss import total_loss
from ticketscope.networks.network import Network
from ticketscope.pruning.calibration import CalibrationFiles
from ticketscope.pruning.card import CARD, Calibrated
from ticketscope.pruning.one_shot import copied, refuse_taken
from ticketscope.shrinking.asked_for import Asked, To
from ticketscope.shrinking.choosing import chosen
from ticketscope.shrinking.engine_heads import remove_heads
from ticketscope.shrinking.kept import STACK_OF, Kept
from ticketscope.shrinking.outcome import Outcome
from ticketscope.shrinking.shrunk_card import shrunk_card
from ticketscope.shrinking.shrunk_files import write_directory
from ticketscope.shrinking.smaller import Smaller
from ticketscope.shrinking.unit_scores import By
from ticketscope.shrinking.vocabulary.recut import names_outlast, pieces_of
from ticketscope.shrinking.vocabulary.trimming import Trimmed, texts_of_files, trimmed


def shrink(
    network: Network,
    *,
    out: Path | str,
    calibration: CalibrationFiles,
    neurons: float | None = None,
    encoder_layers: int | None = None,
    decoder_layers: int | None = None,
    vocabulary: Sequence[Path | str] = (),
    heads: float | None = None,
    by: By | None = None,
    to: To = "transformers",
    seed: int = 1,
    tell: Callable[[str], None] = lambda _: None,
) -> Network:
    """Remove layers, neurons, heads and pieces of a network, without training, and store what is
    left as another directory. It computes what the network does with the same units masked.

    Args:
        network: the network; its directory is only read.
        out: the new directory; it must not be there yet, or be empty.
        calibration: pairs on which losses and gradients are measured.
        neurons: the share of the neurons of every feed-forward block that goes.
        encoder_layers, decoder_layers: how many layers are left.
        vocabulary: corpora whose pieces stay, as the paths of their two files without language; all
            others go.
        heads: the share of the heads of every attention block that goes, of a network that is
            written for CTranslate2.
        by: what ranks neurons and heads: "magnitude" (None: so are neurons), "taylor" (None: so are
            heads) or "loss".
        to: whose format the new directory has: "transformers" or "ctranslate2".
        seed: of which pairs are drawn.
        tell: is given a line on each thing that was removed, and on what it cost.

    Raises `InputError` for sizes that cannot be, files that are not there, and a vocabulary from
    which pieces cannot be taken exactly.
    """
    asked = Asked(
        neurons=neurons,
        encoder_layers=encoder_layers,
        decoder_layers=decoder_layers,
        heads=heads,
        vocabulary=tuple(map(str, vocabulary)),
        by=by,
        to=to,
    )
    asked.check(network.folder.config)
    place = Path(out)
    refuse_taken(place)
    corpora = partial(texts_of_files, asked.vocabulary, (calibration.source, calibration.target))
    text = calibration.drawn(network, seed)
    reading = calibration.read(network, text)
    loaded = reading.network()
    batches = list(reading.with_logits(loaded))
    loss_before = total_loss(loaded, batches)
    kept, removed = chosen(loaded, batches, asked, Kept.all_of(network.shape))
    del loaded, batches  # one network at a time
    pieces = None
    if asked.vocabulary:
        prefix = network.conventions.prefix
        pieces = trimmed(network.directory, network.tokenizer, corpora, prefix)
    sweep_beside(place)
    with folder_appearing(place) as unfinished:
        made, num_after = _written(network, asked, kept, pieces, unfinished)
        read = {"source": text.text.source, "target": text.text.target}
        losses = made.losses(*read.values()).negative_log_likelihood
        outcome = Outcome(
            before=network,
            asked=asked,
            kept=kept,
            removed=tuple(removed),
            pieces=pieces_of(network.tokenizer, made.tokenizer, pieces, corpora, read)
            if pieces
            else None,
            calibrated=Calibrated(
                calibration,
                text,
                loss_before / text.num_words,
                float(losses.sum()) / text.num_words,
            ),
            seed=seed,
            num_before=_num_parameters(network),
            num_after=num_after,
            bytes_before=_num_bytes(network),
            bytes_after=_num_bytes(made),
        )
        write_text(unfinished / CARD, shrunk_card(outcome))
    for name, said in outcome.rows():
        tell(f"{name}: {said}")
    return Network(place, conventions=network.conventions)


# ----------------------------------------------------------------------------- the directory


def _written(
    network: Network, asked: Asked, kept: Kept, pieces: Trimmed | None, folder: Path
) -> tuple[Network, int]:
    """The smaller network in `folder`, and how many parameters it has."""
    smaller = Smaller(network.shape, replace(kept, heads={}), pieces.rows if pieces else None)
    if asked.to == "transformers":
        made = _of_transformers(network, smaller, pieces, folder)
        return made, _num_parameters(made)
    with scratch_folder(folder) as scratch:
        between = scratch / "network"
        between.mkdir()
        made = _of_transformers(network, smaller, pieces, between)
        change = partial(remove_heads, kept=kept) if kept.heads else None
        convert(made.folder, made.tokenizer, scratch / "engine", change=change)
        for file in (scratch / "engine").iterdir():
            file.rename(folder / file.name)
        for file in copied(between):
            if file.name not in (CONFIG, CARD):
                shutil.copyfile(file, folder / file.name)
        num_parameters = _num_parameters(made) - _num_in_heads(made, kept)
    return Network(folder, conventions=network.conventions), num_parameters


def _of_transformers(
    network: Network, smaller: Smaller, pieces: Trimmed | None, folder: Path
) -> Network:
    write_directory(network, smaller, pieces, folder)
    made = Network(folder, conventions=network.conventions)
    if pieces and not names_outlast(network.tokenizer, made.tokenizer, pieces):
        raise InputError(
            f"{network.directory}: its tokenizer numbers pieces in a way that does not outlast "
            "their removal; leave out --vocabulary"
        )
    return made


# ----------------------------------------------------------------------------- counting


def _num_parameters(network: Network) -> int:
    return sum(map(prod, network.folder.parameter_shapes.values()))


def _num_in_heads(network: Network, kept: Kept) -> int:
    """Parameters in the heads that are removed."""
    shapes = network.folder.parameter_shapes
    gone = {
        STACK_OF[kind]: Fraction(int((~units).sum()), len(units))
        for (kind, _), units in kept.heads.items()
    }
    return int(
        sum(
            prod(shapes[name]) * gone[role.module]
            for name, role in network.parameters.items()
            if role.head_axis is not None and role.module in gone
        )
    )


def _num_bytes(network: Network) -> int:
    stored = network.stored
    if isinstance(stored, ModelFolder):
        return sum(file.stat().st_size for file in stored.stored.files)
    return (stored.path / ENGINE_FILE).stat().st_size
