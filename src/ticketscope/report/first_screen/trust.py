"""How far to trust the answers, in a few sentences, and the words of the first screen explained."""

from collections.abc import Iterator
from typing import Final

from ticketscope.arms.cast import Cast
from ticketscope.claims.dose import at_most
from ticketscope.report.first_screen.quality import deciding_rows, seeds
from ticketscope.report.parts.wording import about, capital
from ticketscope.report.reading.run_tables import RunTables

_FEW: Final = 5
"""Training seeds below which only large effects can be seen, as docs/claims.md has them."""
_GLOSSARY: Final = (
    ("prunable weights", "Weights and biases of attention and feed-forward blocks. Embeddings "
     "count only if the settings say so, layer norms never."),
    ("sparsity", "The share of the prunable weights that are zero. What is removed counts as zero "
     "among the weights of the dense model."),
    ("level, round", "A level prunes once and trains again. A round is 20 % of the weights that "
     "are left, so that eight rounds prune 83 %, whatever a level of the run prunes."),
    ("{ticket}", "A network that pruning left. It starts with the weights of the level before."),
    ("control", "The same model trained just as long with nothing pruned. What sets a {ticket} "
     "apart from it is pruning, not training."),
    ("training seed, replicate", "The whole experiment once more with other initial weights and "
     "other batches. Only what comes back in other seeds is a finding."),
    ("BLEU", "How near translations are to a reference, 0 to 100. Higher is better; people hardly "
     "notice differences below 0.5."),
    ("brackets", "A 95 % interval over training seeds: it misses the true mean in 1 of 20 such "
     "studies."),
    ("supported, contradicted", "The whole interval lies on the side that the study claims, or on "
     "the other side."),
    ("no relevant effect", "Whatever effect there is, it is smaller than the smallest that "
     "matters, which was registered before the run (the band of the small pictures)."),
    ("undecided", "These seeds cannot tell."),
    ("CKA", "How alike two sets of activations are: 0 not at all, 1 the same but for rotation."),
    ("probe", "A small classifier that reads a label, such as the part of speech, off a layer."),
)  # fmt: skip


def glossary(cast: Cast) -> tuple[tuple[str, str], ...]:
    """Words of the first screen, and their meaning."""
    ticket = cast.nouns.ticket
    return tuple(
        (word.format(ticket=ticket), says.format(ticket=ticket)) for word, says in _GLOSSARY
    )


def trust(run: RunTables, arm: str, reached: float) -> Iterator[str]:
    """What weakens or limits the answers about an arm."""
    share = _registered(run, arm)
    if share > reached:
        held = f"is shown to hold up to {about(reached)}" if reached else "is not shown to hold"
        where = "; Claims, below, has the same over the levels at which it holds" if reached else ""
        yield (
            f"The claims are decided over all levels up to {about(share)} pruned, but quality "
            f"{held}{where}."
        )
    if not run.cast.finds_tickets:
        yield (
            "What was pruned was trained by others, whose first weights are not known: these are "
            "pruned networks, and nothing says that they could have been trained alone from the "
            "start."
        )
    num = run.study.replicates
    if num == 1:
        yield "One training seed: nothing here says whether another seed would give the same."
    elif num < _FEW:
        yield f"{capital(seeds(num))}: small effects cannot be seen."


def _registered(run: RunTables, arm: str) -> float:
    """The largest share pruned that the claims are decided over."""
    up_to = run.study.claims.up_to
    shares = [
        row["sparsity_prunable"]
        for claim in ("C2", "C3", "C4", "C5")
        for row in deciding_rows(run, arm, claim)
    ]
    return max((share for share in shares if at_most(share, up_to)), default=0.0)
