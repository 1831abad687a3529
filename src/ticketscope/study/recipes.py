"""Named complete experiments. A recipe is a function that returns a config."""

from collections.abc import Callable

from ticketscope.config import (
    Attention,
    Batches,
    Behaviour,
    Calibration,
    Causes,
    Cleaning,
    Experiment,
    FilesCorpus,
    GrammarCorpus,
    Lottery,
    Model,
    Probing,
    Quality,
    Representations,
    Robustness,
    Search,
    Speed,
    TableCorpus,
    Training,
    Vocabulary,
)
from ticketscope.errors import InputError, did_you_mean


def demo() -> Experiment:
    """Embedded synthetic corpus, 2 replicates, 3 levels: minutes on a laptop, no download."""
    return Experiment(
        name="demo",
        corpus=GrammarCorpus(num_train=50_000, num_validation=500, num_test=500),
        vocabulary=_vocabulary(3_000),
        model=Model(
            encoder_layers=2,
            decoder_layers=2,
            d_model=64,
            ffn=256,
            heads=4,
            dropout=0.0,
            init_std=0.07,
        ),
        batches=Batches(max_tokens=512),
        training=Training(
            updates=2_200,
            peak_rate=6e-3,
            warmup_updates=200,
            label_smoothing=0.0,
            clip_norm=1.0,
            validate_every=275,
            average_last=5,
            average_every=25,
        ),
        lottery=Lottery(replicates=2, levels=3, prune_fraction=0.45, rewind_to=(0.94,)),
        speed=Speed(sentences=60, singles=20),
        attention=Attention(num_words=1_500, importance_sentences=60),
        causes=Causes(num_sentences=40, fit_sentences=60),
        behaviour=Behaviour(contrasts_per_phenomenon=20),
        probing=_quick_probes(),
        calibration=Calibration(sentences=200),
        search=Search(sentences=40),
        robustness=Robustness(sentences=12),
    )


def grammar() -> Experiment:
    """Embedded synthetic corpus, 3 replicates, 6+2 layers, 6 levels of 45 %, four arms."""
    return Experiment(
        name="grammar",
        corpus=GrammarCorpus(num_train=300_000, num_validation=1_200, num_test=500, num_novel=500),
        vocabulary=_vocabulary(4_000),
        model=Model(encoder_layers=6, decoder_layers=2, d_model=64, ffn=256, heads=4, dropout=0.0),
        batches=Batches(max_tokens=512),
        training=Training(
            updates=10_000,
            peak_rate=6e-3,
            warmup_updates=500,
            label_smoothing=0.0,
            clip_norm=1.0,
            average_last=8,
            average_every=50,
        ),
        lottery=Lottery(
            arms=("lr_rewinding", "dense_continued", "dense_repeated", "random_pruning"),
            replicates=3,
            levels=6,
            prune_fraction=0.45,
            rewind_to=(0.88,),
        ),
        speed=Speed(singles=30),
    )


def multi30k() -> Experiment:
    """Multi30k captions (29,000 pairs), 3 replicates, 6+2 layers, 4 levels of 36 %."""
    return Experiment(
        name="multi30k",
        corpus=_multi30k_corpus(),
        vocabulary=_vocabulary(4_000),
        model=Model(encoder_layers=6, decoder_layers=2, d_model=128, ffn=512, heads=4),
        training=Training(epochs=9, validate_every=500),
        lottery=Lottery(replicates=3, levels=4, prune_fraction=0.36, rewind_to=(0.75,)),
    )


def multi30k_short() -> Experiment:
    """Multi30k in about 40 minutes on two cores: 1 replicate, 3+3 layers, 4 levels of 36 %."""
    return Experiment(
        name="multi30k-short",
        corpus=_multi30k_corpus(),
        vocabulary=_vocabulary(6_000),
        model=Model(encoder_layers=3, decoder_layers=3, d_model=128, ffn=512, heads=4),
        training=Training(epochs=9, validate_every=500),
        lottery=Lottery(replicates=1, levels=4, prune_fraction=0.36, rewind_to=(0.7,)),
    )


def tatoeba() -> Experiment:
    """Tatoeba sentences (169,813 pairs), newstest2014 as out-of-domain test, 3 levels of 45 %."""
    return Experiment(
        name="tatoeba",
        corpus=TableCorpus(
            source="en",
            target="de",
            path="data/tatoeba_deu_eng/deu-eng.zip",
            member="deu.txt",
            num_validation=1_000,
            num_test=2_000,
            tests=("data/wmt_test/newstest2014",),
        ),
        vocabulary=_vocabulary(8_000),
        model=Model(encoder_layers=6, decoder_layers=3, d_model=128, ffn=512, heads=4),
        training=Training(epochs=5, validate_every=500),
        lottery=Lottery(replicates=1, levels=3, prune_fraction=0.45, rewind_to=(0.7,)),
        representations=Representations(sentences=("validation", "test")),
    )


def wmt16_big() -> Experiment:
    """The study's own (Movva and Zhao 2020): Transformer-big on WMT16 En-De; needs a GPU."""
    return Experiment(
        name="wmt16-big",
        corpus=FilesCorpus(
            source="en",
            target="de",
            path="data/wmt16",
            validation="newstest2013",
            tests=("newstest2014",),
            cleaning=Cleaning(max_pieces=250),
        ),
        vocabulary=_vocabulary(32_768),
        model=Model(
            norm="post",
            encoder_layers=6,
            decoder_layers=6,
            d_model=1_024,
            ffn=4_096,
            heads=16,
            dropout=0.3,
            max_positions=1_024,
        ),
        batches=Batches(max_tokens=10_000, sort_by="both"),
        training=Training(
            epochs=60,
            peak_rate=7e-4,
            warmup_updates=4_000,
            # The study's eight GPUs with 10,000 positions each: 68,000 target tokens and more.
            accumulate=8,
            precision="bfloat16",
            validate_every=2_000,
            device="cuda",
        ),
        lottery=Lottery(
            arms=("lr_rewinding", "dense_continued", "random_pruning"),
            levels=8,
            prune_fraction=0.2,
            rewind_to=(0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.2),
        ),
        quality=Quality(beam=4, length_penalty=0.6),
    )


def _quick_probes() -> Probing:
    """A few probes in seconds: tasks of each group, on every level, so at k* wherever it
    lies. In all but pos the dense models beat each word's most frequent label (docs/log.md)."""
    return Probing(
        suite="grammar",
        tasks=(
            "pos",
            "constituency_grandparent",
            "dependency_prediction",
            "dependency_labels",
            "semantic_prediction",
            "semantic_labels",
        ),
        max_train=3_000,
        max_held_out=1_500,
        seeds=1,
        patience=1,
    )


def _vocabulary(size: int) -> Vocabulary:
    """Trained on a larger sample than by default, as when these recipes were first run: their
    vocabularies and digests stay the same."""
    return Vocabulary(size=size, sample_size=2_000_000)


def _multi30k_corpus() -> FilesCorpus:
    return FilesCorpus(
        source="en",
        target="de",
        path="data/multi30k",
        tests=("test_2016_flickr", "test_2017_flickr"),
    )


RECIPES: dict[str, Callable[[], Experiment]] = {
    "demo": demo,
    "grammar": grammar,
    "multi30k": multi30k,
    "multi30k-short": multi30k_short,
    "tatoeba": tatoeba,
    "wmt16-big": wmt16_big,
}


def recipe(name: str) -> Experiment:
    """The experiment of that name. Raises `InputError` naming the valid ones."""
    if name not in RECIPES:
        raise InputError(
            f"{name}: no such recipe; {did_you_mean(name, RECIPES)}valid: {', '.join(RECIPES)}, "
            "or a file ending in .toml"
        )
    return RECIPES[name]()
