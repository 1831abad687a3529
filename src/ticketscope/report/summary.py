"""The first screen: what was pruned and how far quality holds, the claims, and what to do next."""

from pathlib import Path

import pandas as pd

from ticketscope.claims import studied_arms
from ticketscope.config import Experiment
from ticketscope.report.first_screen.cards import claims_shown, reached, verdict_cards
from ticketscope.report.first_screen.next_steps import next_steps
from ticketscope.report.first_screen.picture import picture
from ticketscope.report.first_screen.quality import quality_answer, seeds
from ticketscope.report.first_screen.trust import glossary, trust
from ticketscope.report.first_screen.what_fell import losses
from ticketscope.report.parts.part import Gap, Part, Prose, Summary
from ticketscope.report.parts.wording import count, percent
from ticketscope.report.reading.run_tables import RunTables
from ticketscope.tables.table import NotMeasured


def summary(run: RunTables) -> Summary:
    """What a reader takes away in half a minute, and what was run."""
    claims = claims_shown(run)
    holds = 0.0 if isinstance(claims, NotMeasured) else reached(claims)
    arm = run.cast.first_name
    return Summary(
        name=run.study.name,
        synthetic=synthetic(run),
        setting=_setting(run),
        answers=tuple(_answers(run)),
        picture=picture(run, holds),
        losses=tuple(losses(run, arm)) if arm else (),
        verdicts=verdict_cards(run),
        next_steps=() if isinstance(claims, NotMeasured) else tuple(next_steps(run, claims)),
        trust=tuple(trust(run, arm, holds)),
        facts=facts(run),
        glossary=glossary(run.cast),
    )


def facts(run: RunTables) -> tuple[tuple[str, str], ...]:
    """What was run, as labels and values."""
    study, cast = run.study, run.cast
    if not isinstance(study, Experiment):
        return (
            ("Texts", _corpus_fact(run)),
            ("Languages", " to ".join(study.languages)),
            ("Networks", "; ".join(cast[name].title for name in cast)),
            ("Parameters", _parameters_fact(run.sparsity)),
        )
    lottery = study.lottery
    return (
        ("Corpus", _corpus_fact(run)),
        ("Languages", " to ".join(study.languages)),
        ("Model", _model_fact(study)),
        ("Parameters", _parameters_fact(run.sparsity)),
        ("Arms", "; ".join(f"{cast[name].title} ({name})" for name in cast)),
        (
            "Replicates",
            f"{lottery.replicates} (all seeds differ)" if lottery.replicates > 1 else "1",
        ),
        (
            "Levels",
            f"{lottery.levels}; each prunes {percent(lottery.prune_fraction)} of the prunable "
            f"weights that are left{_ladder(run.sparsity)}",
        ),
    )


def _setting(run: RunTables) -> str:
    """What the answers are about, in a line."""
    study = run.study
    rest = f"{' to '.join(study.languages)}, {seeds(study.replicates)}."
    if synthetic(run):
        mind = "A test of the tool, not evidence about real translation."
        return f"Synthetic sentences, {rest} {mind}"
    return f"{_corpus_name(run)}, {rest}"


def _answers(run: RunTables) -> list[Part]:
    """Of every arm that prunes; one sentence of those that the screen does not speak of."""
    shown = run.cast.first_name
    answers = [(each.arm, quality_answer(run, each.arm)) for each in studied_arms(run.cast)]
    found: list[Part] = [answer for arm, answer in answers if arm == shown]
    found += [
        Prose(answer.lead) for arm, answer in answers if arm != shown and isinstance(answer, Prose)
    ]
    return found or [Gap("No arm of this run prunes anything, so nothing is said of pruning.")]


def synthetic(run: RunTables) -> bool:
    """Whether a grammar made the sentences."""
    generated = run.study.grammar is not None
    return generated if isinstance(run.corpus, NotMeasured) else run.corpus.synthetic


def _corpus_fact(run: RunTables) -> str:
    if isinstance(run.corpus, NotMeasured):
        return f"{_corpus_name(run)}; size not measured"
    train, size = run.corpus.splits.get("train"), run.corpus.vocabulary_size
    pairs = f", {count(train.kept)} training pairs" if train else ""
    pieces = "" if size is None else f", vocabulary of {count(size)} pieces"
    return f"{run.corpus.name}{pairs}{pieces}"


def _corpus_name(run: RunTables) -> str:
    if not isinstance(run.corpus, NotMeasured):
        return run.corpus.name
    return run.study.corpus.kind if isinstance(run.study, Experiment) else "the test sets given"


def _model_fact(experiment: Experiment) -> str:
    model = experiment.model
    if model.pretrained:
        tuned = "" if model.trains_dense else ", taken as it is"
        return f"{Path(model.pretrained).name}, which was pretrained{tuned}"
    kind = {"pre": "pre-norm (M2M100)", "post": "post-norm (Marian)"}[model.norm]
    return (
        f"{kind}, {model.encoder_layers} + {model.decoder_layers} layers, d_model {model.d_model}, "
        f"feed-forward {model.ffn}, {model.heads} heads"
    )


def _ladder(sparsity: pd.DataFrame | NotMeasured) -> str:
    """The shares that are zero as counted: what a fraction comes to may round to another tenth."""
    if isinstance(sparsity, NotMeasured):
        return ""
    pruned = sparsity[sparsity["sparsity_prunable"] > 0]
    of_arms = pruned.groupby(["arm", "level"])["sparsity_prunable"].mean()
    # Arms that remove whole units have less.
    shares = of_arms.groupby("level").max()
    return ": " + ", ".join(map(percent, shares)) if len(shares) else ""


def _parameters_fact(sparsity: pd.DataFrame | NotMeasured) -> str:
    """Prunable weights are counted in the table; all of them follow from a ticket's two shares."""
    if isinstance(sparsity, NotMeasured):
        return "not measured"
    tensors = sparsity[sparsity["head"].isna()]
    sums = tensors.groupby(["arm", "replicate", "level"])[["num_pruned", "num_weights"]].sum()
    prunable = int(sums["num_weights"].iloc[0])
    pruned = tensors[tensors["sparsity_total"] > 0]
    if pruned.empty:
        return f"{count(prunable)} prunable"
    ticket = pruned.iloc[-1]
    zeros = sums.loc[(ticket["arm"], ticket["replicate"], ticket["level"]), "num_pruned"]
    total = round(float(zeros / ticket["sparsity_total"]))
    return f"{count(prunable)} prunable of {count(total)}"
