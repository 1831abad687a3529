"""The sections of the page in their order."""

from ticketscope.report.attention.sections import attention_parts
from ticketscope.report.behaviour.sections import behaviour_parts
from ticketscope.report.claims.sections import claim_parts, level_parts
from ticketscope.report.control_section import control_parts
from ticketscope.report.method import corpus_parts, method_parts, published_sources
from ticketscope.report.parts.part import Section
from ticketscope.report.probes.sections import probe_parts
from ticketscope.report.quality.sections import quality_parts
from ticketscope.report.reading.run_tables import RunTables
from ticketscope.report.representations.sections import complexity_parts, representation_parts
from ticketscope.report.sparsity.sections import sparsity_parts
from ticketscope.report.speed.sections import speed_parts
from ticketscope.report.training.sections import training_parts
from ticketscope.report.weights.sections import weight_parts


def sections(run: RunTables) -> tuple[Section, ...]:
    """All sections in the order of the page, but the last: the downloads take what is left."""
    return (
        Section("claims", "Claims", (*claim_parts(run), *level_parts(run))),
        Section("quality", "Quality", tuple(quality_parts(run))),
        Section("sparsity", "Where the sparsity went", tuple(sparsity_parts(run))),
        Section("representations", "What the networks hold", tuple(representation_parts(run))),
        Section("complexity", "How complex it is", tuple(complexity_parts(run))),
        Section("probes", "What probes read off the layers", tuple(probe_parts(run))),
        Section("attention", "Attention", tuple(attention_parts(run))),
        Section("behaviour", "What broke", tuple(behaviour_parts(run))),
        Section("weights", "Weights", tuple(weight_parts(run))),
        Section("controls", "Controls", tuple(control_parts(run))),
        Section("speed", "Speed and size", tuple(speed_parts(run))),
        Section("training", "Training", tuple(training_parts(run))),
        Section("corpus", "Corpus", tuple(corpus_parts(run))),
        Section("method", "Method and settings", (*method_parts(run), published_sources())),
    )
