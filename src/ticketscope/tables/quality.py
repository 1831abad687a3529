"""How well the networks of a run translate, and what they made of each sentence."""

from typing import Final

from ticketscope.tables.column import number, text, whole
from ticketscope.tables.table import Table, network

_METRIC = (
    "`bleu`, `chrf`, `ter`, `loss`, `loss_word`, or one whose scores were given (`scores.paths`)"
)
BETTER: Final = text(
    "better", says="whether a `higher` or a `lower` figure is better", optional=True, later=True
)
"""In every table that has metrics of other tools."""
_P = "its p-value: below .05 exactly where that interval leaves 0 out"
_BOTH = "over how many sentences the difference is: those of which both have a score"
QUALITY: Final = Table(
    name="quality",
    says="""One row per network, test set and metric. How the figures are made is in
[quality.md](quality.md). The differences to the dense model are empty for the dense model. Those to
the control are empty for the dense model, for the control itself, and where the run has no such
arm. So are those of `loss` between networks whose tokenizers differ: their pieces are not of one
size.""",
    own=(
        *text("test_set", says="a test set's name, or `validation` (losses only)"),
        *text("metric", says=_METRIC),
        *number("value", says="the score of the whole test set"),
        *number(
            *("lower", "upper"),
            says="its 95 % bootstrap interval over sentences",
            optional=True,
        ),
        *text(
            "signature",
            says="how the score is made, in sacreBLEU's words, with resamples and seed",
            optional=True,
        ),
        *BETTER,
        *whole(
            "num_sentences",
            says="over how many sentences: fewer than the test set has where scores were given of "
            "some only",
            optional=True,
            later=True,
        ),
        *number(
            "difference_dense",
            says="value minus that of the dense model of the same replicate",
            optional=True,
        ),
        *number(
            *("difference_dense_lower", "difference_dense_upper"),
            says="its paired 95 % interval",
            optional=True,
        ),
        *number("p_dense", says=_P, optional=True),
        *whole("num_sentences_dense", says=_BOTH, optional=True, later=True),
        *number(
            "difference_control",
            says="value minus that of the control of the arm at the same replicate and level",
            optional=True,
        ),
        *number(
            *("difference_control_lower", "difference_control_upper"),
            says="its paired 95 % interval",
            optional=True,
        ),
        *number("p_control", says=_P, optional=True),
        *whole("num_sentences_control", says=_BOTH, optional=True, later=True),
    ),
)

_ERROR = "empty where there is one replicate"
QUALITY_POOLED: Final = Table(
    name="quality_pooled",
    of_networks=False,
    says="""One row per arm, level, metric and reference: the paired difference, the mean over
replicates and in-domain test sets, and the two errors it has. The square of the whole error is the
sum of both squares ([quality.md](quality.md)).""",
    own=(
        *text("arm", says="the arm whose networks are compared", known=tuple),
        *whole("level", says="from 1 on"),
        *number(
            "sparsity_prunable", says="share of the prunable weights, the mean over replicates"
        ),
        *text("metric", says=_METRIC),
        *BETTER,
        *text(
            "reference",
            says="what it is compared with: `dense`, the dense model of the same replicate, "
            "`control`, the control of the arm at the same replicate and level, or `first`, where "
            "both are pruned, the network of the first arm under study there",
        ),
        *whole("num_replicates", says="over how many replicates"),
        *whole("num_sentences", says="of all in-domain test sets together"),
        *number("value", says="the mean difference"),
        *number(
            *("lower", "upper"),
            says="its 95 % interval: from both errors, or with one replicate the paired bootstrap "
            "over sentences, of these networks alone",
            optional=True,
            later=True,
        ),
        *number(
            "error_replicates",
            says=f"standard error from the choice of seeds: their spread over √R; {_ERROR}",
            optional=True,
        ),
        *number(
            "error_sentences",
            says="standard error from the choice of sentences, which all replicates share: the "
            f"root of the mean covariance of two replicates; {_ERROR}",
            optional=True,
        ),
    ),
)

_SENTENCE = (
    "the sentence: a line of `corpus/TESTSET.SIDE.txt`, from 1, whose sides are source and "
    "reference"
)
SENTENCES: Final = Table(
    name="sentences",
    of_networks=False,
    packed=True,
    says="Every translation: one row per sentence of a test set and network, packed by "
    "gzip (the same run gives the same bytes). It lacks the first columns of the "
    "other tables.",
    own=(
        *text("test_set", says=_SENTENCE),
        *whole("line", says=_SENTENCE),
        *network("the network, as in the other tables"),
        *text(
            "translation",
            says="its translation of the source; it may be empty, or `NA`, so read it in "
            "pandas with `keep_default_na=False`",
            optional=True,
        ),
        *number(
            *("chrf", "ter"),
            says="sentence-level scores of sacreBLEU, to four decimals; BLEU of one sentence "
            "means little",
        ),
        *number("loss", says="nats per target piece of the reference, to four decimals"),
        *whole("num_tokens", says="target pieces of the reference, its end of sentence among them"),
    ),
)
