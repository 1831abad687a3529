"""How the cost of an update grows with tokens, width and layers: `python benchmarks/scaling.py`.

Our loop on the corpus of `train.py`, one thread. One size of the model or of the batch changes at a
time around 6+3 layers, d 128, 2,048 tokens; sizes take turns in one process. Printed are seconds an
update as a ratio to that size, the parameters at work, and operations a second (six a parameter and
padded target token; the tied embedding counts once, as the output layer). The slope is that of
least squares between the logarithms: 1 is in proportion.
"""

import argparse
import functools
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from transformers import PreTrainedModel

import common
from ticketscope import config
from ticketscope.corpus.encoded import EncodedCorpus
from ticketscope.networks import model
from ticketscope.networks.masks import Mask

BASE = config.Model(encoder_layers=6, decoder_layers=3)
MAX_TOKENS = 2_048
TOKENS = (512, 1_024, 4_096)
WIDTHS = (64, 256, 512)
ENCODER_LAYERS = (3, 12)


def main() -> None:
    """Read the options, measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, default=common.MULTI30K, help="Multi30k's folder")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--updates", type=int, default=4, help="updates in a round")
    options = parser.parse_args()
    common.one_thread()
    with tempfile.TemporaryDirectory() as folder:
        settings = common.experiment(options.data, Path(folder) / "files", "pre")
        corpus = common.encoded(settings, Path(folder) / "corpus")
        measure(settings, corpus, options.rounds, options.updates)


def measure(
    settings: config.Experiment, corpus: EncodedCorpus, rounds: int, num_updates: int
) -> None:
    """Time every size and print the table."""
    sizes = {"base": settings_of(settings, BASE, MAX_TOKENS)}
    sizes |= {f"{n} tokens": settings_of(settings, BASE, n) for n in TOKENS}
    for width in WIDTHS:
        shape = BASE.model_copy(update={"d_model": width, "ffn": 4 * width})
        sizes[f"d {width}"] = settings_of(settings, shape, MAX_TOKENS)
    for layers in ENCODER_LAYERS:
        shape = BASE.model_copy(update={"encoder_layers": layers})
        sizes[f"{layers}+3 layers"] = settings_of(settings, shape, MAX_TOKENS)
    variants: dict[str, Callable[[], np.ndarray]] = {
        name: functools.partial(seconds_of, size, corpus, num_updates)
        for name, size in sizes.items()
    }
    seconds = {
        name: common.typical(found) / num_updates
        for name, found in common.in_turns(variants, rounds).items()
    }
    parameters = {name: network(size).num_parameters() for name, size in sizes.items()}
    rows = {
        name: f"{found / seconds['base']:.2f}; {found:.2f} s; {parameters[name] / 1e6:.2f} M; "
        f"{6 * parameters[name] * sizes[name].batches.max_tokens / found / 1e9:.0f} G a second"
        for name, found in seconds.items()
    }
    tokens = {name: float(size.batches.max_tokens) for name, size in sizes.items()}
    grown = ["base", *(f"d {width}" for width in WIDTHS)]
    deeper = ["base", *(f"{layers}+3 layers" for layers in ENCODER_LAYERS)]
    rows |= {
        "slope over tokens": slope(["base", *(f"{n} tokens" for n in TOKENS)], tokens, seconds),
        "slope over parameters, wider": slope(grown, parameters, seconds),
        "slope over parameters, deeper": slope(deeper, parameters, seconds),
    }
    common.print_table("an update: ratio; time; parameters; operations", settings, rows)


def settings_of(
    settings: config.Experiment, shape: config.Model, max_tokens: int
) -> config.Experiment:
    """The experiment with another model and other batches."""
    batches = config.Batches(max_tokens=max_tokens)
    return settings.model_copy(update={"model": shape, "batches": batches})


def network(settings: config.Experiment) -> PreTrainedModel:
    """An untrained one of that size."""
    return model.build(settings.model, settings.vocabulary.size, seed=1)


def seconds_of(settings: config.Experiment, corpus: EncodedCorpus, num_updates: int) -> np.ndarray:
    """Seconds of each update, `[num_updates]`."""
    built = network(settings)
    mask = Mask.dense(model.prunable(model.parameters(built), embeddings=False))
    return common.seconds_of_our_loop(built, mask, corpus, settings, num_updates)


def slope(names: list[str], sizes: Mapping[str, float], seconds: Mapping[str, float]) -> str:
    """Of the logarithm of time over that of size."""
    x = np.log([sizes[name] for name in names])
    y = np.log([seconds[name] for name in names])
    return f"{np.polyfit(x, y, 1)[0]:.2f}"


if __name__ == "__main__":
    main()
