"""The sections that tell how a run was made: corpus, method and settings."""

from collections.abc import Iterator, Mapping
from typing import Any

from ticketscope.claims.registered import changed, registered
from ticketscope.config import Experiment, Lottery, to_toml
from ticketscope.report.parts.part import Code, Gap, Part, Prose, Table
from ticketscope.report.parts.wording import count, listed, percent
from ticketscope.report.published.study_tables import published
from ticketscope.report.reading.run_tables import RunTables
from ticketscope.tables.table import NotMeasured


def corpus_parts(run: RunTables) -> Iterator[Part]:
    """How many sentence pairs there are, and why others were left out."""
    corpus = run.corpus
    if isinstance(corpus, NotMeasured):
        yield Gap(corpus.reason)
        return
    if corpus.synthetic:
        yield Prose(
            "SYNTHETIC: a grammar generated these sentences; people did not write them. Figures "
            "from them say nothing about the quality of real translation."
        )
    reasons = list(
        dict.fromkeys(reason for split in corpus.splits.values() for reason in split.left_out)
    )
    yield Table(
        title=f"Sentence pairs of {corpus.name}, and why pairs were left out",
        columns=("split", "read", "kept", *(f"out: {reason}" for reason in reasons)),
        rows=tuple(
            (
                name,
                "" if split.read is None else count(split.read),
                count(split.kept),
                *(count(split.left_out[why]) if why in split.left_out else "" for why in reasons),
            )
            for name, split in corpus.splits.items()
        ),
        num_text=1,
    )
    sample = corpus.vocabulary_trained_on
    trained = (
        f", trained on {count(sample.num_sentences)} of {count(sample.of)} sentences of training "
        "text, as many from each"
        if sample
        else ""
    )
    if corpus.vocabulary_size is not None:
        size = count(corpus.vocabulary_size)
        yield Prose(f"Both languages share a vocabulary of {size} pieces{trained}.")


def method_parts(run: RunTables) -> Iterator[Part]:
    """How the run was made, with what, and how to make it again."""
    identity = run.identity
    yield Prose(f"{_of_dense(run.experiment)} {_of_lottery(run.experiment.lottery)}")
    yield Table(
        title="What each arm does",
        columns=("arm", "name in tables and settings", "what it does"),
        rows=tuple((arm.title, arm.name, arm.sentence) for arm in run.cast.arms),
        num_text=2,
        num_sentences=1,
    )
    yield from _registered(run)
    yield made_by(run, ("training digest (sha256)", run.identity.training_digest))
    yield Code(
        "To run it again, save the settings below as experiment.toml, then",
        f"pip install .  # in a checkout of ticketscope {identity.ticketscope}\n"
        "ticketscope run experiment.toml",
    )
    yield Code("Settings", to_toml(run.experiment.model_dump(mode="json")))
    yield published_sources()


def _of_dense(experiment: Experiment) -> str:
    """Where all arms start."""
    model, num = experiment.model, experiment.lottery.replicates
    if not model.pretrained:
        return f"One dense model is trained per replicate, here {num}."
    if model.trains_dense:
        return f"One pretrained network is fine-tuned per replicate, here {num}: its dense model."
    return f"All replicates, here {num}, have the same pretrained network as their dense model."


def _of_lottery(lottery: Lottery) -> str:
    """How the networks of arms were made."""
    moments = {"reset": "start from zero", "keep": "are kept, those of pruned weights zeroed"}
    embeddings = " and the embeddings" if lottery.prune_embeddings else ""
    one_per_level = (
        " (one value per level, the last for all others)" if len(lottery.rewind_to) > 1 else ""
    )
    return (
        "Each level of a pruned arm removes a fixed share of the prunable weights that are left, "
        f"winds the schedule back to {listed([percent(share) for share in lottery.rewind_to])} of "
        f"training{one_per_level} and trains to the end again, every arm for as many updates, on "
        "the same batches; the table says where an arm does otherwise. The moments "
        f"of the optimiser {moments[lottery.moments]}, in every arm alike. Prunable are the "
        f"weights and biases of attention and feed-forward blocks{embeddings}, never layer norms."
    )


def made_by(run: RunTables, *more: tuple[str, str]) -> Table:
    """With which versions the figures were made."""
    identity = run.identity
    return Table(
        title="What made this run",
        columns=("what", "value"),
        rows=(
            ("ticketscope", identity.ticketscope),
            *sorted(identity.versions.items()),
            *more,
        ),
        num_text=2,
    )


def published_sources() -> Table:
    """Whose figures are set beside those of the run."""
    rows = published("sources").to_dict("records")
    return Table(
        title="Sources of the published figures",
        columns=("study", "what was pruned", "citation", "address"),
        rows=tuple((row["label"], row["system"], row["citation"], row["url"]) for row in rows),
        num_text=4,
        folded=True,
    )


def _registered(run: RunTables) -> Iterator[Part]:
    """What was registered of the claims, and whether that was before there were figures."""
    study, kept = run.study, run.identity.registered
    now = registered(study.claims, study.replicates)
    if told := changed(kept, now):
        yield Prose(
            f"Of this run: {told}. Whoever chooses these settings by the results can show "
            "anything, so mind this where a verdict hangs on it.",
            lead="Not as it was registered.",
        )
    yield registered_table(now)


def registered_table(now: Mapping[str, Any]) -> Table:
    """What counts as an effect, setting by setting."""
    return Table(
        title="What is registered of the claims",
        columns=("setting", "value"),
        rows=tuple((key, str(value)) for key, value in now.items()),
        num_text=2,
    )
