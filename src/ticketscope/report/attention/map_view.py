"""The maps of single sentences, to be looked at head by head."""

from collections.abc import Sequence

from ticketscope.report.parts.part import AttentionView, MappedNetwork
from ticketscope.report.parts.wording import plural
from ticketscope.tables.views import AttentionMapsView


def map_view(
    title: str,
    maps: AttentionMapsView,
    networks: Sequence[MappedNetwork],
    *,
    chooser: str,
    of_which: str,
) -> AttentionView:
    """The maps, with how to read them.

    networks: what each is called, in the order of the maps.
    chooser: what others than the first are chosen by.
    of_which: which networks these are, as the beginning of a sentence.
    """
    left_out = (
        f" ({plural(maps.num_left_out, 'sentence')} left out to keep the page small)"
        if maps.num_left_out
        else ""
    )
    return AttentionView(
        title,
        "Each row is a word that attends, each column a word attended to; ⟨end⟩ is the end of the "
        "sentence, ⟨start⟩ the start symbol. A row of a decoder is the word that it reads, and it "
        "sees no later word. Point at a cell, or go there by Tab and the arrow keys, to read both "
        f"weights. {of_which}; "
        f"n = {plural(len(maps.sentences), 'sentence')}, the first that are short enough{left_out}"
        "; examples only, so there is no interval.",
        maps,
        tuple(networks),
        chooser,
    )
