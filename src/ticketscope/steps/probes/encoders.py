"""The probes of one encoder of a run, and what those of all of them will take.

An encoder reads each distinct sentence of all tasks once; its word vectors lie in RUN/features, as
float16, until its last task is done. There is one result per task and encoder.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from ticketscope.annotation.tasks import Task
from ticketscope.config import Probing, digest
from ticketscope.console.terminal import roughly
from ticketscope.errors import InputError, JobError
from ticketscope.files import folder_appearing, remove
from ticketscope.networks.loaded import LoadedNetwork
from ticketscope.probing.descent import LIU
from ticketscope.probing.prepared import TaskItems
from ticketscope.runs.executors import num_workers
from ticketscope.runs.looking import work_begins
from ticketscope.runs.store import LevelId
from ticketscope.seeds import derive
from ticketscope.steps.bench import Bench
from ticketscope.steps.probes.data import ProbeData, load
from ticketscope.steps.probes.features import Features, extract, feature_bytes, is_extracted
from ticketscope.steps.probes.measure import probe
from ticketscope.steps.probes.subjects import RANDOM_ENCODER, result_of
from ticketscope.steps.results import is_measured, measured_once
from ticketscope.text.tokenizer import AlignedSentence, Tokenizer

_USUAL_UPDATES = 2_000
_SECONDS_AN_ITEM, _SECONDS_A_PRODUCT = 3.6e-7, 1.25e-10


def untrained(replicate: int, bench: Bench) -> tuple[dict[str, Any], Callable[[], LoadedNetwork]]:
    """The encoder of a replicate as it was before any training: its identity, and how to make it.

    It has a seed of its own: what words alone give away does not depend on the initialisation that
    the dense network happened to have.
    """
    seed = derive(bench.study.seed, RANDOM_ENCODER, replicate)
    fresh = bench.panel.fresh(bench.panel.dense_of(replicate))
    return {**fresh.identity, "seed": seed}, lambda: fresh.make(seed).to(bench.device)


def probe_encoder(
    label: LevelId,
    encoder: Mapping[str, Any],
    make: Callable[[], LoadedNetwork],
    tokenizer: Tokenizer,
    settings: Mapping[str, Any],
    bench: Bench,
) -> bool:
    """Probe one encoder for every task that is not done yet; returns whether there was any.

    `encoder` is its identity, `tokenizer` what gives it its pieces, `settings` the identity of the
    step. Raises `JobError` for a network that is
    damaged or whose activations are not finite.
    """
    data = load(bench.run)
    identities = {
        task: {
            **settings,
            "encoder": dict(encoder),
            "data": data.about(task)["digest"],
        }
        for task in data.tasks
    }
    places = {task: bench.results.place(result_of(task.id), label) for task in data.tasks}
    waiting = [t for t in data.tasks if not is_measured(places[t], identities[t])]
    if not waiting:
        return False
    work_begins()
    sentences = bench.in_pieces(tokenizer, _in_pieces)
    identity = {
        "version": settings["version"],
        "encoder": dict(encoder),
        "sentences": data.index["identity"],
        "states": bench.study.probing.states,
    }
    folder = bench.run.features / digest(identity)
    if not is_extracted(folder):
        network = make()
        with folder_appearing(folder) as extracted:
            extract(
                network,
                sentences,
                extracted,
                states=bench.study.probing.states,
                max_tokens=bench.max_tokens,
                max_positions=network.max_positions,
            )
    features = Features.of(folder, sentences)
    for task in waiting:
        measured_once(
            places[task],
            identities[task],
            partial(_probe_named, features, task, data.items(task), bench.study.probing, label),
        )
    remove(folder)
    return True


def _in_pieces(bench: Bench, tokenizer: Tokenizer) -> list[AlignedSentence]:
    return [*map(tokenizer.source.align, load(bench.run).sentences())]


def _probe_named(
    features: Features, task: Task, items: TaskItems, settings: Probing, level: LevelId
) -> dict[str, Any]:
    """`probe`, whose failure says on what it failed."""
    try:
        return probe(features, task, items, settings)
    except (InputError, JobError) as error:
        raise JobError(f"probes of {task.id} on {level}: {error}") from None


def announce(num_encoders: int, bench: Bench) -> Iterator[str]:
    """What there is to probe for, what is missing, and about what it takes."""
    data = load(bench.run)
    seconds = _seconds(data, bench) * num_encoders / num_workers(bench.study)
    index = data.index
    yield (
        f"probes: {len(data.tasks)} tasks on {index['num_sentences']:,} sentences "
        f"({index['num_words']:,} words, {index['num_without_piece']:,} of them without a piece), "
        f"{num_encoders} encoders, the untrained among them; about {roughly(seconds)}, and "
        f"{feature_bytes(index['num_words'], bench.panel.largest) / 1e6:,.0f} MB on disk for each "
        "encoder at work, deleted when it is done"
    )
    for task, reason in index["absent"].items():
        yield f"probes: no data for {task}: {reason}"


def _seconds(data: ProbeData, bench: Bench) -> float:
    """About what the probes of one encoder take on one core, from rates measured on a CPU.

    An update takes a probe some time per item, and some per item, neuron and class (docs/log.md).
    """
    settings, shape = bench.study.probing, bench.panel.largest
    num_probes = (shape.encoder_layers + 1) * settings.seeds
    total = 0.0
    for task in data.tasks:
        about = data.about(task)
        inputs = shape.width * (3 if task.kind == "pair" else 1)
        outputs = settings.hidden or len(about["labels"] or [""])
        ways = 1 + settings.mix + (settings.control_task and task.kind == "token")
        per_item = _SECONDS_AN_ITEM + _SECONDS_A_PRODUCT * inputs * outputs
        items = min(about["num_items"]["train"], LIU.batch_items)
        updates = min(settings.max_updates, _USUAL_UPDATES)
        total += items * per_item * num_probes * updates * ways
    return total
