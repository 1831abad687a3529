"""How fast networks translate, how large they are, and what an engine costs in quality."""

from typing import Final

from ticketscope.tables.column import number, text, whole
from ticketscope.tables.table import Table

_ENGINE: Final = (
    "`ctranslate2-float32` or `ctranslate2-int8`, converted from the network; of a directory of "
    "CTranslate2 the type in which it is stored; `transformers-float32`, of dense models"
)

SPEED: Final = Table(
    name="speed",
    says="One row per network, engine, number of threads and size of batches, measured when "
    "nothing else of the run is at work. Rates are those of the machine; ratios compare networks.",
    own=(
        *text("engine", says=_ENGINE),
        *whole("threads", says="`speed.threads`, or those of every job of the run"),
        *whole("batch", says="sentences decoded together; 1: one at a time"),
        *number(
            "tokens_per_second",
            says="target pieces per second, ends of sentences included; the median round",
        ),
        *number(
            "tokens_per_second_lower",
            "tokens_per_second_upper",
            says="of the slowest and of the fastest round",
            optional=True,
            later=True,
        ),
        *number(
            "sentences_per_second", says="likewise; the median round", optional=True, later=True
        ),
        *number(
            "words_per_second",
            says="words of the sources per second, whatever the tokenizer; the median round",
            optional=True,
        ),
        *number(
            "latency_mean",
            "latency_p50",
            "latency_p95",
            says="milliseconds for a sentence that comes alone, of each its median round: mean, "
            "median and 95th percentile of the sentences",
            optional=True,
            later=True,
        ),
        *whole("num_rounds", "num_sentences", says="what was timed", optional=True, later=True),
        *whole("bytes", says="size of the weights on disk"),
        *whole(
            "bytes_in_memory",
            says="size of the weights as the engine holds them: their number, as the file or the "
            "model lists them, times the width of the type in which it computes",
            optional=True,
            later=True,
        ),
        *number(
            "against_dense",
            says="speed divided by that of the dense model in float32 (or as it is stored) in the "
            "same round; the median round. In tokens, or in words where tokenizers differ",
            optional=True,
        ),
        *number(
            "against_dense_lower",
            "against_dense_upper",
            says="95 % interval of that median, from the order of 6 rounds or more",
            optional=True,
            later=True,
        ),
        *number(
            "same_engine",
            "same_engine_lower",
            "same_engine_upper",
            says="the same against the dense model in the same engine",
            optional=True,
            later=True,
        ),
        *number(
            "unchanged",
            says="share of the sentences that are translated as in `ctranslate2-float32`; a rate "
            "means little where it is low",
            optional=True,
        ),
    ),
)

ENGINE_QUALITY: Final = Table(
    name="engine_quality",
    says="One row per network, engine and metric, on the first test set. Each engine is scored on "
    "translations of its own, with the beam of `quality`.",
    own=(
        *text("engine", says=_ENGINE),
        *text("test_set", says="the first"),
        *text("metric", says="`bleu` or `chrf`"),
        *number("value", "lower", "upper", says="score with its 95 % bootstrap interval"),
        *number(
            "difference_dense",
            "difference_dense_lower",
            "difference_dense_upper",
            says="paired difference from the dense model in the same engine",
            optional=True,
        ),
        *number(
            "difference_float",
            "difference_float_lower",
            "difference_float_upper",
            says="of int8: paired difference from the same network in float32",
            optional=True,
        ),
        *text("signature", says="of sacreBLEU, with the settings of the bootstrap"),
    ),
)
