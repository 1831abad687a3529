"""The frozen description of a whole experiment.

TOML or a recipe goes in, canonical JSON and digests come out. Nothing past this module sees a
dict. The sections fall into four kinds, and the kind decides what a change costs:

* *training* sections (`TrainingSection`) make the tickets. They share one digest; a run directory
  made with another one is refused.
* *analysis* sections (`AnalysisSection`) measure the tickets. Each has its own digest; a change
  reruns that step only.
* `claims` says what is decided on the figures, and is part of no digest: the verdicts are written
  anew every time. A run directory keeps what was registered first.
* `execution` changes neither tickets nor figures (how many processes, how often to save), and is
  part of no digest. Nor is where a file lies (`ticketscope.config.paths`): its content is. Other
  settings that need not be part of one are marked (`ticketscope.config.kinds.LeftOut`).
"""

from ticketscope.config.analysis import (
    Attention,
    Behaviour,
    Causes,
    Connectivity,
    OwnGold,
    Probing,
    Quality,
    Representations,
    Speed,
    WordClasses,
)
from ticketscope.config.claims import Claims
from ticketscope.config.corpus import (
    Cleaning,
    ConlluCorpus,
    Corpus,
    FilesCorpus,
    GrammarCorpus,
    TableCorpus,
    Vocabulary,
    in_domain,
)
from ticketscope.config.dissection import Dissection, Side, with_revision
from ticketscope.config.execution import Asked, Execution, Ray, Slurm
from ticketscope.config.experiment import Experiment
from ticketscope.config.identity import (
    ANALYSIS_SECTIONS,
    DROPOUT_BY_BATCH,
    SCHEMA_VERSION,
    TRAINING_SECTIONS,
    analysis_identity,
    canonical_json,
    differing_keys,
    digest,
    flat,
    training_identity,
)
from ticketscope.config.kinds import Section, States
from ticketscope.config.reading import (
    dissection,
    from_mapping,
    from_stored,
    load,
    load_dissection,
    override,
    section_of,
)
from ticketscope.config.scores import Scores
from ticketscope.config.shipping import Calibration, Challenge, Damage, Robustness, Search
from ticketscope.config.study import Languages, Study
from ticketscope.config.toml import to_toml
from ticketscope.config.training import Batches, Lottery, Model, Training

__all__ = [
    "ANALYSIS_SECTIONS",
    "DROPOUT_BY_BATCH",
    "SCHEMA_VERSION",
    "TRAINING_SECTIONS",
    "Asked",
    "Attention",
    "Batches",
    "Behaviour",
    "Calibration",
    "Causes",
    "Challenge",
    "Claims",
    "Cleaning",
    "ConlluCorpus",
    "Connectivity",
    "Corpus",
    "Damage",
    "Dissection",
    "Execution",
    "Experiment",
    "FilesCorpus",
    "GrammarCorpus",
    "Languages",
    "Lottery",
    "Model",
    "OwnGold",
    "Probing",
    "Quality",
    "Ray",
    "Representations",
    "Robustness",
    "Scores",
    "Search",
    "Section",
    "Side",
    "Slurm",
    "Speed",
    "States",
    "Study",
    "TableCorpus",
    "Training",
    "Vocabulary",
    "WordClasses",
    "analysis_identity",
    "canonical_json",
    "differing_keys",
    "digest",
    "dissection",
    "flat",
    "from_mapping",
    "from_stored",
    "in_domain",
    "load",
    "load_dissection",
    "override",
    "section_of",
    "to_toml",
    "training_identity",
    "with_revision",
]
