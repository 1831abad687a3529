"""A toy language pair and experiments on it, small enough to train in a second."""

import random
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

from ticketscope.config import (
    Batches,
    Calibration,
    Causes,
    Challenge,
    Damage,
    Execution,
    Experiment,
    FilesCorpus,
    Lottery,
    Model,
    Quality,
    Representations,
    Robustness,
    Search,
    Speed,
    Training,
    Vocabulary,
)
from ticketscope.networks import model
from ticketscope.runs.store import LevelId
from ticketscope.steps.bench import Bench

_SOURCE = "one two three four five six seven eight nine ten red green blue big small".split()  # noqa: SIM905
_TARGET = "eins zwei drei vier fünf sechs sieben acht neun zehn rot grün blau groß klein".split()  # noqa: SIM905


def write_toy_files(folder: Path, num_train: int = 300) -> None:
    """`train`, `val`, `test` and `other` in en and de: words translated one by one, reversed;
    `pairs.tsv`, minimal pairs; and `challenge.tsv`, the same as a challenge set."""
    folder.mkdir(parents=True, exist_ok=True)
    generator = random.Random(7)
    seen: set[str] = set()
    for split, number in {"train": num_train, "val": 30, "test": 40, "other": 20}.items():
        pairs = []
        while len(pairs) < number:
            words = generator.choices(range(len(_SOURCE)), k=generator.randint(2, 9))
            source = " ".join(_SOURCE[w] for w in words) + "."
            if source not in seen:
                seen.add(source)
                pairs.append((source, " ".join(_TARGET[w] for w in reversed(words)) + "."))
        for language, side in (("en", 0), ("de", 1)):
            text = "".join(pair[side] + "\n" for pair in pairs)
            (folder / f"{split}.{language}").write_text(text, encoding="utf-8")
    pairs = "".join(_minimal_pairs())
    (folder / "pairs.tsv").write_text(pairs, encoding="utf-8")
    header = "type\tsource\treference\tcontrastive\n"
    (folder / "challenge.tsv").write_text(header + pairs, encoding="utf-8")


def _minimal_pairs() -> Iterator[str]:
    """Lines with another word, or with the words in another order, of each two words."""
    for (one, eins), (two, zwei) in pairwise(zip(_SOURCE, _TARGET, strict=True)):
        yield f"word\t{one} {two}.\t{zwei} {eins}.\t{eins} {eins}.\n"
        yield f"order\t{one} {two}.\t{zwei} {eins}.\t{eins} {zwei}.\n"


def toy_experiment(folder: Path, **sections: object) -> Experiment:
    """An experiment on the toy files; whole sections may be replaced."""
    defaults: dict[str, object] = {
        "corpus": FilesCorpus(source="en", target="de", path=str(folder), tests=("test", "other")),
        "vocabulary": Vocabulary(size=80),
        "model": Model(encoder_layers=1, decoder_layers=1, d_model=16, ffn=32, heads=2),
        "batches": Batches(max_tokens=256),
        "training": Training(updates=24, warmup_updates=8, validate_every=10),
        "lottery": Lottery(levels=2, prune_fraction=0.36, rewind_to=(0.5,)),
        "quality": Quality(beam=2, max_decoding_length=20, resamples=100),
        "challenge": Challenge(gender=False),
        "speed": Speed(sentences=5, rounds=1, singles=2),
        "causes": Causes(num_sentences=0),
        "representations": Representations(decoder=False),
        "damage": Damage(sentences=0),
        "calibration": Calibration(sentences=0),
        "search": Search(sentences=0),
        "robustness": Robustness(sentences=0),
        "execution": Execution(workers=1, checkpoint_seconds=3_600.0, log_every=5),
    }
    return Experiment(name="toy", **{**defaults, **sections})  # type: ignore[arg-type]


def store_untrained(bench: Bench, label: LevelId, seed: int, facts: Mapping[str, Any]) -> None:
    """Put an untrained network in the place of that of a level."""
    assert isinstance(bench.study, Experiment)
    folder = bench.run.level(label)
    network = model.build(bench.study.model, bench.encoded.vocabulary.size, seed=seed)
    model.save(network, folder.ticket, {"max_length": 20})
    bench.encoded.vocabulary.save_tokenizer(folder.ticket)
    folder.mark_done(facts)
