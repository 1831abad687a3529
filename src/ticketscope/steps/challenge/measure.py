"""What a network makes of the challenge sets: probabilities of choices, and translations."""

from typing import Any

from ticketscope.networks.network import Network
from ticketscope.steps.bench import Bench
from ticketscope.steps.challenge.asked_sets import kept, pairs_of
from ticketscope.steps.preferences import preferences


def measure(network: Network, bench: Bench) -> dict[str, Any]:
    """`choices`: by set the log-probabilities of right and wrong ``[num_pairs, 2]``, in nats, the
    wrong translations of a choice one after the other. `translations`: by set, of its sentences."""
    sets = bench.once(kept)
    choices = {each.name: pairs_of(each.choices) for each in sets if each.choices}
    sentences = {each.name: each.sentences for each in sets if each.sentences}
    found: dict[str, Any] = {"choices": {}, "translations": {}}
    if choices:
        found["choices"] = preferences(network, bench, choices)
    if sentences:
        with bench.translator(network) as translate:
            found["translations"] = {
                name: translate([each.source for each in of]) for name, of in sentences.items()
            }
    return found
