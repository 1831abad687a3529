"""The README.md of a network that was shrunk."""

from ticketscope import __version__
from ticketscope.files import sha256
from ticketscope.pruning.card import card_before, name_of
from ticketscope.shrinking.outcome import Outcome


def shrunk_card(outcome: Outcome) -> str:
    """Markdown that says what was removed, by what, and what it cost; no times, no paths.

    The card of the network from before, if it has one, stands at its end.
    """
    before = outcome.before
    weights = ", ".join(f"`{sha256(file)}`" for file in before.folder.stored.files)
    rows = "\n".join(f"| {what} | {said} |" for what, said in outcome.rows())
    engine, name = outcome.asked.to == "ctranslate2", name_of(before)
    loads = (
        "This is a directory of CTranslate2's, with the tokenizer beside it."
        if engine
        else "transformers loads this directory as it loads the network before."
    )
    return f"""---
pipeline_tag: translation
library_name: {outcome.asked.to}
tags: [pruning, structured]
---
# {name}, shrunk

Made by ticketscope {__version__} from the network `{name}`, whose weights have the sha256
{weights}. Nothing was trained afterwards. {loads}

| | |
|---|---|
{rows}

Layers go one by one, always the one without which the loss on the calibration pairs is lowest. They
are counted from 1 in the network before.
{card_before(before)}"""
