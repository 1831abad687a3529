"""The sections of the page in their order.

What is to be shown of a table in a way of its own is one line here. All other tables have a section
that draws them as they say themselves.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ticketscope.report.attention.sections import attention_parts
from ticketscope.report.behaviour.sections import behaviour_parts
from ticketscope.report.calibration.sections import calibration_parts
from ticketscope.report.causes.sections import cause_parts
from ticketscope.report.challenge.sections import challenge_parts
from ticketscope.report.claims.sections import claims_parts
from ticketscope.report.compute.sections import compute_parts
from ticketscope.report.control_section import control_parts
from ticketscope.report.damage.sections import damage_parts
from ticketscope.report.dissection import given_account as account
from ticketscope.report.dissection import (
    given_attention,
    given_behaviour,
    given_claims,
    given_layers,
    given_overview,
    given_probes,
    given_quality,
    given_weights,
    given_words,
)
from ticketscope.report.examples.sections import examples_parts
from ticketscope.report.method import corpus_parts, method_parts
from ticketscope.report.parts.example_links import EXAMPLES
from ticketscope.report.parts.part import Part, Section, Summary
from ticketscope.report.plotted.sections import plotted_section
from ticketscope.report.probes.sections import probe_parts
from ticketscope.report.quality.sections import quality_parts
from ticketscope.report.reading.run_tables import RunTables
from ticketscope.report.representations.sections import complexity_parts, representation_parts
from ticketscope.report.robustness.sections import robustness_parts
from ticketscope.report.search.sections import search_parts
from ticketscope.report.sparsity.sections import sparsity_parts
from ticketscope.report.speed.sections import speed_parts
from ticketscope.report.summary import summary
from ticketscope.report.training.sections import training_parts
from ticketscope.report.weights.sections import weight_parts
from ticketscope.report.word_classes.sections import word_class_parts
from ticketscope.steps import all_tables
from ticketscope.tables.attention import ATTENTION
from ticketscope.tables.behaviour import BEHAVIOUR, BROKEN, BROKEN_SENTENCES
from ticketscope.tables.calibration import CALIBRATION
from ticketscope.tables.causes import CAUSES
from ticketscope.tables.challenge import CHALLENGE
from ticketscope.tables.claims import CLAIM_VERDICTS, CLAIMS_BY_LEVEL
from ticketscope.tables.compute import COMPUTE
from ticketscope.tables.damage import DAMAGE as DAMAGE_TABLE
from ticketscope.tables.networks import NETWORKS
from ticketscope.tables.probes import PROBES
from ticketscope.tables.quality import QUALITY, QUALITY_POOLED
from ticketscope.tables.representations import COMPLEXITY, NEURONS, SIMILARITY, STRONGEST_NEURONS
from ticketscope.tables.robustness import ROBUSTNESS
from ticketscope.tables.search import SEARCH
from ticketscope.tables.speed import ENGINE_QUALITY, SPEED
from ticketscope.tables.table import Table
from ticketscope.tables.weights import SPARSITY, WEIGHTS
from ticketscope.tables.word_classes import WORD_CLASSES


@dataclass(frozen=True)
class Topic:
    """A section of the page, with the tables that it draws."""

    anchor: str
    title: str
    parts: Callable[[RunTables], Iterator[Part]]
    tables: tuple[Table, ...] = ()


DAMAGE = Topic("damage", "Damage that a reader sees", damage_parts, (DAMAGE_TABLE,))
"""The same for lotteries and dissections."""
SHIPPED = (
    Topic("calibration", "How sure a network may be", calibration_parts, (CALIBRATION,)),
    Topic("search", "What other beams find", search_parts, (SEARCH,)),
    Topic("robustness", "What noise costs", robustness_parts, (ROBUSTNESS,)),
)
"""What those ask who ship a network; told alike of lotteries and of dissections."""
FINDINGS = (
    Topic("claims", "Claims", claims_parts, (CLAIM_VERDICTS, CLAIMS_BY_LEVEL)),
    Topic("quality", "Quality", quality_parts, (QUALITY, QUALITY_POOLED)),
    Topic("compute", "Methods at equal compute", compute_parts, (COMPUTE,)),
    Topic("sparsity", "Where the zeros are", sparsity_parts, (SPARSITY,)),
    Topic(
        "representations",
        "What the networks hold",
        representation_parts,
        (SIMILARITY, NEURONS, STRONGEST_NEURONS),
    ),
    Topic("word-classes", "Which kinds of words change", word_class_parts, (WORD_CLASSES,)),
    Topic("complexity", "How complex the layers are", complexity_parts, (COMPLEXITY,)),
    Topic("probes", "What probes read off the layers", probe_parts, (PROBES,)),
    Topic("attention", "Attention", attention_parts, (ATTENTION,)),
    Topic("behaviour", "What broke", behaviour_parts, (BEHAVIOUR, BROKEN, BROKEN_SENTENCES)),
    Topic(EXAMPLES, "Examples", examples_parts),
    DAMAGE,
    Topic("challenge", "Bias and challenge sets", challenge_parts, (CHALLENGE,)),
    Topic("causes", "Where the damage sits", cause_parts, (CAUSES,)),
    *SHIPPED,
    Topic("weights", "Weights", weight_parts, (WEIGHTS,)),
)
"""What the run found. Behind them come the tables that no topic draws."""
ACCOUNT = (
    Topic("controls", "Controls", control_parts),
    Topic("speed", "Speed and size", speed_parts, (SPEED, ENGINE_QUALITY)),
    Topic("training", "Training", training_parts),
    Topic("corpus", "Corpus", corpus_parts),
    Topic("method", "Method and settings", method_parts),
)
"""What the findings rest on."""


GIVEN = (
    Topic("networks", "The networks", account.network_parts, (NETWORKS,)),
    Topic("claims", "Claims", given_claims.claim_parts, (CLAIM_VERDICTS, CLAIMS_BY_LEVEL)),
    Topic("quality", "Quality", given_quality.quality_parts, (QUALITY, QUALITY_POOLED)),
    Topic(
        "behaviour",
        "What broke",
        given_behaviour.behaviour_parts,
        (BEHAVIOUR, BROKEN, BROKEN_SENTENCES),
    ),
    Topic(EXAMPLES, "Examples", examples_parts),
    DAMAGE,
    Topic("challenge", "Bias and challenge sets", challenge_parts, (CHALLENGE,)),
    *SHIPPED,
    Topic(
        "representations",
        "What the networks hold",
        given_layers.layer_parts,
        (SIMILARITY, NEURONS, STRONGEST_NEURONS),
    ),
    Topic("word-classes", "Which words changed", given_words.word_class_parts, (WORD_CLASSES,)),
    Topic("complexity", "Complexity of the layers", given_layers.complexity_parts, (COMPLEXITY,)),
    Topic("probes", "What probes read off the layers", given_probes.probe_parts, (PROBES,)),
    Topic("attention", "Attention", given_attention.attention_parts, (ATTENTION,)),
    Topic("causes", "Where the damage sits", cause_parts, (CAUSES,)),
    Topic("weights", "Weights", given_weights.weight_parts, (SPARSITY, WEIGHTS)),
)
"""What a dissection found. Behind them come the tables that no topic draws."""
ACCOUNT_OF_GIVEN = (
    Topic("speed", "Speed and size", account.speed_parts, (SPEED, ENGINE_QUALITY)),
    Topic("method", "Method and settings", account.method_parts),
)
"""What its findings rest on: it has no training, no corpus and no levels."""


def sections(run: RunTables) -> tuple[Section, ...]:
    """All sections in the order of the page, but the last: the downloads take what is left."""
    found, rests = (GIVEN, ACCOUNT_OF_GIVEN) if run.cast.is_given else (FINDINGS, ACCOUNT)
    every = (*FINDINGS, *ACCOUNT, *GIVEN, *ACCOUNT_OF_GIVEN)
    drawn = {table.name for topic in every for table in topic.tables}
    others = [table for table in all_tables() if table.name not in drawn and not table.packed]
    return (
        *(_section(run, topic) for topic in found),
        *(plotted_section(run, table) for table in others),
        *(_section(run, topic) for topic in rests),
    )


def first_screen(run: RunTables) -> Summary:
    """What a reader sees first."""
    return given_overview.summary(run) if run.cast.is_given else summary(run)


def _section(run: RunTables, topic: Topic) -> Section:
    return Section(topic.anchor, topic.title, tuple(topic.parts(run)))
