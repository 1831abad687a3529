"""How alike the vectors of the words of one class are in two networks."""

from typing import Final

from ticketscope.tables.column import number, text, whole
from ticketscope.tables.representations import STATES
from ticketscope.tables.table import Table, network

_OTHER = "the network compared with: the dense model of the replicate; for a dense model those of \
all other replicates"

WORD_CLASSES: Final = Table(
    name="word_classes",
    says="""One row per network, class of words, layer and measure: how similar the vectors of the
words of the class are to those of the same words in the same layer of the other network; see
[word-classes.md](word-classes.md). Networks of different depth have no layer in common, and no
row. Classes with fewer words than `word_classes.fewest_words` have
no row; `views/word_classes.json` counts them.""",
    own=(
        *text("kind", says="`part_of_speech`, `dependency`, `semantic_tag` or `frequency`"),
        *text(
            "word_class",
            says="the tag, the relation to the syntactic head, or how often the word comes in the "
            "training corpus",
        ),
        *text("module", says="`encoder`"),
        *whole("layer", says="0 is the embeddings (with positions), then the layers in order"),
        *network(_OTHER, "other_"),
        *text("measure", says="`cka`, `cka_debiased`"),
        *number("value", says="the similarity"),
        *number(
            *("lower", "upper"),
            says="95 % interval (jackknife over 20 blocks of the sentences that have a word of the "
            "class, cut at what the measure can be); empty with fewer than 20 sentences",
            optional=True,
        ),
        *number(
            *("difference_control", "difference_control_lower", "difference_control_upper"),
            says="this similarity minus that of the control of the arm at the same replicate and "
            "level, with a 95 % interval (jackknife, the same blocks left out of both); empty "
            "where there is no control",
            optional=True,
        ),
        *number(
            "floor", says="what unrelated networks with these spectra would have; 0 if debiased"
        ),
        *whole(
            "num_words",
            says="words of the class that have a piece in the tokenizers of both networks",
        ),
        *STATES,
    ),
)
