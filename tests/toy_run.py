"""The toy experiment as a file, and what is in its run directory."""

import hashlib
from pathlib import Path

# What a repetition of a run need not repeat: measured times, and what is shown of them.
MEASURED_TIMES = (
    "training.jsonl",
    "speed.csv",
    "views/training.json",
    "checksums.json",
    "report.html",
)
# The journal, to which every sitting adds, and who worked on it.
OF_SITTINGS = ("costs", "leases")

TOY_TOML = """
[corpus]
kind = "files"
source = "en"
target = "de"
path = "{files}"
tests = ["test", "other"]
[vocabulary]
size = 80
[model]
norm = "{norm}"
encoder_layers = 1
decoder_layers = 1
d_model = 16
ffn = 32
heads = 2
[batches]
max_tokens = 256
[training]
updates = 24
warmup_updates = 8
validate_every = 10
[lottery]
arms = ["lr_rewinding", "dense_continued", "random_pruning"]
replicates = {replicates}
levels = 2
prune_fraction = 0.36
rewind_to = [0.5]
[quality]
beam = 2
max_decoding_length = 20
resamples = 100
[speed]
singles = 2
sentences = 5
rounds = 1
[representations]
decoder = false
resamples = 30
[attention]
num_words = 300
importance_sentences = 20
[connectivity]
num_sentences = 20
[causes]
num_sentences = 20
fit_sentences = 10
bleu_sentences = 20
[behaviour]
contrasts = "{files}/pairs.tsv"
[damage]
sentences = 20
contrasted = 5
[calibration]
sentences = 0
[search]
sentences = 0
[robustness]
sentences = 0
[challenge]
gender = false
sets = ["{files}/challenge.tsv:contrastive"]
[execution]
workers = {workers}
checkpoint_seconds = 0.0
log_every = 5
"""


def write_toml(
    path: Path,
    files: Path,
    *,
    norm: str = "pre",
    replicates: int = 2,
    workers: int = 2,
) -> Path:
    """A TOML file for the toy experiment."""
    text = TOY_TOML.format(
        files=files,
        norm=norm,
        replicates=replicates,
        workers=workers,
    )
    path.write_text(text, encoding="utf-8")
    return path


def toml_of(run: Path) -> str:
    """The TOML file behind the run that the fixture made."""
    return str(run.parent / "toy.toml")


def tree_of(root: Path, *, with_times: bool = False) -> dict[str, str]:
    """Checksum of every file below `root`, without those that hold measured times unless asked."""
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file()
        and not path.name.startswith("lock")
        and path.relative_to(root).parts[0] not in OF_SITTINGS
        and (with_times or not str(path).endswith(MEASURED_TIMES))
        and (with_times or "analysis/speed/" not in str(path))
    }
