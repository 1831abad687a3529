"""The first screen: what was run, whether quality holds, and the verdicts on the claims."""

from collections.abc import Iterator

import pandas as pd

from ticketscope.arms import under_study
from ticketscope.arms.dense import DENSE
from ticketscope.config import Experiment
from ticketscope.report.claims.sections import claims_shown, quality_in_words, verdict_cards
from ticketscope.report.parts.part import Folded, Gap, Part, Prose, Summary
from ticketscope.report.parts.wording import count, percent, signed
from ticketscope.report.quality.holding import answers, caution, holdings
from ticketscope.report.reading.run_tables import CONTROL, RunTables
from ticketscope.tables.table import NotMeasured


def summary(run: RunTables) -> Summary:
    """What was run, whether quality holds and to which sparsity, and the verdicts."""
    experiment = run.experiment
    lottery = experiment.lottery
    facts = (
        ("Corpus", _corpus_fact(run)),
        ("Languages", f"{experiment.corpus.source} to {experiment.corpus.target}"),
        ("Model", _model_fact(experiment)),
        ("Parameters", _parameters_fact(run.sparsity)),
        ("Arms", ", ".join((DENSE, *lottery.arms))),
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
    return Summary(
        name=experiment.name,
        synthetic=_synthetic(run),
        facts=facts,
        answers=tuple(_answers(run)),
        verdicts=verdict_cards(run),
    )


def _answers(run: RunTables) -> Iterator[Part]:
    if isinstance(run.quality, NotMeasured):
        yield Gap(run.quality.reason)
        return
    margin = run.experiment.claims.c0
    found = holdings(run.quality, margin)
    if isinstance(found, NotMeasured):
        yield Gap(found.reason)
        return
    answered = answers(found)
    num_replicates = int(run.quality["replicate"].nunique())
    reach = quality_in_words(claims_shown(run)) if num_replicates > 1 else None
    if reach:
        yield Prose("", lead=f"{under_study(run.experiment.lottery.arms)}: {reach}.")
        yield Prose(
            f"This is the mean difference to {CONTROL} over replicates and in-domain test sets, "
            "with Student's t interval over the replicates (C0). The fold below shows each "
            "replicate on each test set, with intervals over sentences."
        )
    else:
        # What replicates say of their own sentences is no answer to stand in bold.
        yield from (Prose(answer.sentence) for answer in answered)
        yield Prose(caution(num_replicates))
    holds = Prose(
        f"Holds: at this level and all lower ones the 95 % interval of the paired BLEU difference "
        f"to {CONTROL} (the same updates, nothing pruned) lies above {signed(-margin, 1)}. The "
        "figures are this difference, with its interval in brackets."
    )
    evidence = (
        Prose(answer.evidence, lead=answer.sentence if reach else f"{answer.about}.")
        for answer in answered
    )
    yield Folded("Replicate by replicate, and what holding means", (holds, *evidence))


def _synthetic(run: RunTables) -> bool:
    generated = run.experiment.corpus.kind == "grammar"
    return generated if isinstance(run.corpus, NotMeasured) else run.corpus.synthetic


def _corpus_fact(run: RunTables) -> str:
    if isinstance(run.corpus, NotMeasured):
        return f"{run.experiment.corpus.kind}; size not measured"
    train = run.corpus.splits.get("train")
    pairs = f", {count(train.kept)} training pairs" if train else ""
    return f"{run.corpus.name}{pairs}, vocabulary of {count(run.corpus.vocabulary_size)} pieces"


def _model_fact(experiment: Experiment) -> str:
    model = experiment.model
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
    shares = pruned.groupby("level")["sparsity_prunable"].mean()
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
