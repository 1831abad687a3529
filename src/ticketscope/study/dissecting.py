"""The main job of a dissection: from networks of others to the report, done or resumed."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from ticketscope.config import Dissection, differing_keys, dissection
from ticketscope.config.paths import is_hub_id
from ticketscope.console.terminal import clock, say
from ticketscope.controls import printable
from ticketscope.corpus.stored_texts import HeldOut, StoredTexts, corpus_digest
from ticketscope.dissection import hub
from ticketscope.dissection.given import (
    described,
    files_of,
    given_networks,
    known_of,
    last_known_of,
    named_as_before,
)
from ticketscope.dissection.texts import check_same_texts, given_texts, keep_texts
from ticketscope.errors import InputError
from ticketscope.runs.drivers import in_turn
from ticketscope.runs.executors import patience_of
from ticketscope.runs.jobs import Job
from ticketscope.runs.seals import write_sealed
from ticketscope.runs.stages import CONFIG, CORPUS
from ticketscope.runs.store import OPENED, LevelId, Run
from ticketscope.steps import STEPS
from ticketscope.study import checks, registration
from ticketscope.study.main_job import (
    another_machine,
    do_and_report,
    do_jobs,
    jobs_of,
    prepare_steps,
    say_done,
    sitting,
)
from ticketscope.study.main_job import (
    described as config_of,
)
from ticketscope.study.opened_run import OpenedRun, open_run
from ticketscope.study.submissions import print_submissions

if TYPE_CHECKING:
    from ticketscope.steps.bench import Bench

_MEND = "give --out another place, or what it was made with"


@dataclass(frozen=True)
class Start:
    """A dissection that is about to start, and the run directory."""

    study: Dissection
    out: Path

    @property
    def run(self) -> Run:
        """The run directory, whether or not it is there."""
        return Run(self.out)

    @cached_property
    def held_out(self) -> HeldOut:
        """The text of the held-out sets: as they were kept, else of the user's files."""
        if self.run.is_encoded:
            return StoredTexts(self.run.corpus)
        return given_texts(self.study)


def run_dissection(
    study: Dissection, out: Path, console: Console, fetched: hub.Fetch = hub.snapshot
) -> Path:
    """Do all that is not done yet and end with the report; returns its path.

    fetched: what gets a network from the hub.

    Raises `InputError` for what is wrong with networks, texts or settings, and `JobError` when the
    job cannot be finished.
    """
    from ticketscope.report.dissection.given_overview import told
    from ticketscope.report.reading.run_tables import read_run
    from ticketscope.steps.bench import Bench
    from ticketscope.steps.work import with_networks

    run = Run(out)
    study = named_as_before(study, run)
    for line in check(study, out):
        say(console, line, style="yellow")
    for line in (*_notes(study), *_pairs(Start(study, out))):
        say(console, line)
    with sitting(run, study):
        run_directory(Start(study, out))  # it may have been made meanwhile
        with in_turn(run, "hub", patience_of(study)):
            hub.fetch(study, run, fetched)
        if any(is_hub_id(side.network) for side in study.sides):
            networks(Start(study, out))
        do_jobs(run, study, [Job(CORPUS, None, keep_texts, (study, run.corpus), tells=True)])
        _open_networks(Bench.of(run.root, study), console)
        bench = Bench.of(run.root, study)  # which knows now what the networks are
        for step in with_networks(bench):
            step.check_encoded(step.bench(bench))
        prepare_steps(bench, console)
        identity = identity_of(bench)
        digests = {str(label): network.digest for label, network in bench.panel.networks.items()}
        with in_turn(run, CONFIG, patience_of(study)):
            run_directory(Start(study, out))
            if later := another_machine(run):
                say(console, later, style="yellow")
            content = config_of(study, identity, registration.kept(run, study))
            write_sealed(run.config, {**content, "networks": digests})
        report = do_and_report(bench, jobs_of(bench), {}, console)
    for line in told(read_run(run.root)):
        say(console, printable(line))
    say_done(bench, report, console)
    return report


def dissect(
    base: Path | str,
    variants: Sequence[Path | str],
    *,
    source: str,
    target: str,
    tests: Sequence[Path | str],
    out: Path | str,
    controls: Sequence[Path | str] = (),
    twins: Sequence[Path | str] = (),
    source_code: str = "",
    target_code: str = "",
    prefix: str = "",
    settings: Sequence[str] = (),
    console: Console | None = None,
) -> OpenedRun:
    """Compare networks that others trained with the one that they come from; then open the run.

    The work is done in processes of their own: in a script, call it below
    ``if __name__ == "__main__":``.

    Args:
        base: a model directory, or OWNER/NAME of the Hugging Face hub; likewise the other networks.
        variants: what became of it.
        source, target: languages, the endings of the test files.
        tests: prefixes of test files ``PREFIX.{language}``.
        out: the run directory, there or not.
        controls: the base trained on with nothing removed.
        twins: the base from other seeds.
        source_code, target_code: languages as the networks' own tokenizers write them.
        prefix: a text in front of every source.
        settings: others as ``path=value``, such as ``quality.beam=1``.
        console: where to say how far it is; None: nothing is said.

    Raises `InputError` for what is wrong with networks, texts or settings, and `JobError` when the
    job cannot be finished.
    """
    raw = {
        "base": str(base),
        "variants": [str(network) for network in variants],
        "controls": [str(network) for network in controls],
        "twins": [str(network) for network in twins],
        "source": source,
        "target": target,
        "tests": [str(prefix) for prefix in tests],
        "source_code": source_code,
        "target_code": target_code,
        "prefix": prefix,
    }
    study = dissection(raw, settings, where="dissect")
    run_dissection(study, Path(out), console or Console(quiet=True, file=StringIO()))
    return open_run(out)


def identity_of(bench: "Bench") -> dict[str, Any]:
    """What a run directory of a dissection is for: another one is refused."""
    study = bench.study
    assert isinstance(study, Dissection)
    return {
        "base": bench.panel[bench.panel.labels[0]].digest,
        "texts": corpus_digest(bench.held_out.report),
        "languages": list(study.languages),
        "dtype": study.compute.dtype,
        "device": study.compute.device,
    }


# ----------------------------------------------------------------------------- before anything


def check(study: Dissection, out: Path) -> list[str]:
    """Go through `BEFORE_ANYTHING`; nothing is made. Gives what is to be warned about.

    Raises `InputError` for the first fault.
    """
    start = Start(study, out)
    for one in BEFORE_ANYTHING:
        one(start)
    late = registration.late(start.run, study) if start.run.config.exists() else ""
    return [*([late] if late else []), *(line for s in STEPS for line in s.warnings(study))]


def run_directory(start: Start) -> None:
    """Refuse a directory that holds a run of another base, other texts or another kind of number,
    or something else."""
    run, study = start.run, start.study
    if not checks.has_config(run):
        return
    if "base" not in run.stored("config"):
        raise InputError(f"{run.root}: is a run that trains its networks; give --out another place")
    stored = run.stored("training_identity")
    check_same_texts(study, run.corpus)
    how = {"dtype": study.compute.dtype, "device": study.compute.device}
    if keys := differing_keys(how, {key: stored[key] for key in how}):
        raise InputError(f"{run.root}: was made with another {' and '.join(keys)}; {_MEND}")


def networks(start: Start) -> None:
    """Every network that is here: a directory with config, weights and tokenizer, and room for the
    texts. One of the hub is here once it is fetched."""
    from ticketscope.dissection.given import network_of
    from ticketscope.dissection.room import check_room

    with_states = []
    for given in given_networks(start.study):
        place = hub.directory_of(given.side, start.run)
        if not place.is_dir():
            if is_hub_id(given.side.network):
                continue
            raise InputError(
                f"{given.side.network}: no such directory; give that of a network, or its id on "
                "the Hugging Face hub, OWNER/NAME"
            )
        network = network_of(given.side, start.study, given.label, start.run)
        _ = network.stored
        with_states.append(network.has_states)
        check_room(network, start.held_out, start.study.quality.max_decoding_length)
    if start.study.tokenizer and all(with_states):
        raise InputError(
            f"tokenizer: {start.study.tokenizer} is for networks in CTranslate2's format, and none "
            "of these is one; each network of transformers has its own: leave it out"
        )


def texts(start: Start) -> None:
    """Every test set, whole."""
    for name in start.held_out.names:
        start.held_out.text(name)


BEFORE_ANYTHING: tuple[Callable[[Start], None], ...] = (
    checks.input_paths,
    run_directory,
    checks.writable,
    checks.executor,
    checks.works_from_here,
    checks.gpu,
    texts,
    networks,
    checks.steps,
)


def _notes(study: Dissection) -> Iterator[str]:
    """What the settings lead to without having been asked for."""
    for given in given_networks(study):
        if given.name != Path(given.side.network).name:
            yield f"{given.side.network} is called {given.name} here"
    if not study.validation:
        yield (
            f"no validation set is given: what is measured on one by default is measured on "
            f"{study.in_domain[0]}"
        )


def _pairs(start: Start) -> Iterator[str]:
    """How many pairs each test set has, and how many of them lack a side."""
    for name in start.held_out.names:
        text = start.held_out.text(name)
        num_empty = [all(pair) for pair in zip(text.source, text.target, strict=True)].count(False)
        lacking = f", {num_empty:,} of them with an empty side" if num_empty else ""
        yield f"{name}: {len(text.source):,} pairs{lacking}"


# ----------------------------------------------------------------------------- networks


def _open_networks(bench: "Bench", console: Console) -> None:
    """Have every network prove itself, unless it has; say what each is, and which changed.

    Raises `InputError` for the first check that fails, and where the base is another one than the
    run directory was made with.
    """
    from ticketscope.networks.proof import Proof, other_starts, unlike_settings

    run, study, panel = bench.run, bench.study, bench.panel
    before = {label: last_known_of(network, run) for label, network in panel.networks.items()}
    do_jobs(
        run,
        study,
        [
            Job(OPENED, label, open_network, (run.root, label, study), tells=True)
            for label in panel.labels
        ],
    )
    assert isinstance(study, Dissection)
    names = {given.label: given.name for given in given_networks(study)}
    known: dict[LevelId, dict[str, Any]] = {}
    for label, network in panel.networks.items():
        found = known_of(network, run)
        assert found is not None
        known[label] = found
        say(console, f"{clock()} {names[label]}: {found['line']}")
    base = panel.labels[0]
    if run.config.exists() and known[base]["digest"] != run.stored("training_identity")["base"]:
        raise InputError(
            f"{run.root}: was made with another base than {panel[base].directory}; {_MEND}"
        )
    for label, earlier in before.items():
        if label != base and earlier and earlier["digest"] != known[label]["digest"]:
            say(
                console,
                f"{panel[label].directory} is another network than before: all figures of "
                f"{label.arm} are measured anew",
                style="yellow",
            )
    proofs = {
        names[label]: Proof(found["line"], (), found["generation"])
        for label, found in known.items()
    }
    given = {names[label]: network for label, network in panel.networks.items()}
    for line in (*unlike_settings(proofs), *other_starts(panel[base], given)):
        say(console, line, style="yellow")


def open_network(root: Path, label: LevelId, study: Dissection) -> bool:
    """Have one network prove that it was loaded as it was stored, unless it has done so already;
    returns whether it did now."""
    from ticketscope.networks.proof import prove
    from ticketscope.steps.bench import Bench
    from ticketscope.steps.results import measured_once

    bench = Bench.of(root, study)
    network = bench.panel[label]
    text = bench.held_out.text(bench.held_out.test_sets[0])

    def proved() -> Mapping[str, Any]:
        proof = prove(
            network,
            text.source,
            text.target,
            device=bench.device,
            dtype=study.compute.dtype,
            scratch=root,  # a large network may not fit where the system has its own
        )
        return described(network, proof.line, dict(proof.settings))

    return measured_once(run_place(bench, label), files_of(network), proved)


def run_place(bench: "Bench", label: LevelId) -> Path:
    """Where it is kept what a network proved to be."""
    return bench.results.place(OPENED, label)


# ----------------------------------------------------------------------------- the plan


def print_plan(study: Dissection, out: Path, console: Console) -> None:
    """Say what would be done, and do nothing. Raises `InputError` for what would be refused."""
    study = named_as_before(study, Run(out))
    warnings = check(study, out)
    start = Start(study, out)
    say(console, f"{study.name}: {' to '.join(study.languages)}, in {out}")
    roles = {"base": (study.base,), "variant": study.variants, "control": study.controls}
    of_side = {id(side): role for role, sides in roles.items() for side in sides}
    for given in given_networks(study):
        from_hub = " (of the Hugging Face hub)" if is_hub_id(given.side.network) else ""
        role = of_side.get(id(given.side), "twin")
        say(console, f"{role} {given.name}: {given.side.network}{from_hub}")
    for line in _pairs(start):
        say(console, line)
    asked = [step for step in STEPS if step.is_asked(study)]
    say(console, f"measured: {', '.join(step.name for step in asked)}")
    for step in asked:
        for line in step.outlook(study, len(list(given_networks(study)))):
            say(console, line)
    print_submissions(study, out, console)
    for line in (*_notes(study), *warnings):
        say(console, line, style="yellow")
