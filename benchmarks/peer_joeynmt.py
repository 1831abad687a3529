"""JoeyNMT 2.3.0 (Kreutzer et al. 2019) as a peer: in an environment of its own, on the same data.

It reads pieces that are cut already, and makes its batches itself under the same budget of tokens
(longest side times sentences, no buckets by length). Its own log says how fast it is.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from statistics import median

from ticketscope.text.vocabulary import Vocabulary

# sentencepiece 0.2.0 still has what JoeyNMT calls; importlib_metadata it forgets to ask for.
_PACKAGES = ("joeynmt==2.3.0", "torch==2.13.0", "sentencepiece==0.2.0", "importlib_metadata")
_LOG_EVERY = 10
_RATE = re.compile(r"Tokens per Sec:\s*(\d+)")

_CONFIG = """
name: peer
model_dir: {folder}/model
use_cuda: False
random_seed: 1
data:
  train: {folder}/train
  dev: {folder}/val
  dataset_type: plain
  src: {{lang: en, level: word, voc_file: {folder}/pieces.txt}}
  trg: {{lang: de, level: word, voc_file: {folder}/pieces.txt}}
testing: {{beam_size: 1}}
training:
  optimizer: adam
  adam_betas: [0.9, 0.98]
  learning_rate: 0.003
  learning_rate_min: 0.0
  learning_rate_warmup: 500
  scheduling: warmupinversesquareroot
  label_smoothing: 0.1
  loss: crossentropy
  normalization: tokens
  batch_type: token
  batch_size: {max_tokens}
  epochs: 1
  updates: {updates}
  logging_freq: {log_every}
  validation_freq: 1000000
  overwrite: True
model:
  initializer: xavier_uniform
  tied_embeddings: True
  tied_softmax: True
  encoder:
    type: transformer
    num_layers: 3
    num_heads: 4
    embeddings: {{embedding_dim: 128, scale: True}}
    hidden_size: 128
    ff_size: 512
    dropout: 0.1
    layer_norm: pre
  decoder:
    type: transformer
    num_layers: 3
    num_heads: 4
    embeddings: {{embedding_dim: 128, scale: True}}
    hidden_size: 128
    ff_size: 512
    dropout: 0.1
    layer_norm: pre
"""


class Peer:
    """An installed JoeyNMT with its data, ready to train from the start again and again."""

    def __init__(self, folder: Path, text: Path, vocabulary: Vocabulary, max_tokens: int) -> None:
        """Install it below `folder` and cut the files ``{train,val}.{en,de}`` of `text`."""
        folder.mkdir()
        self._folder, self._max_tokens = folder, max_tokens
        self._python = _install(folder / "environment")
        _write_pieces(text, folder, vocabulary)

    def tokens_per_second(self, num_updates: int) -> float:
        """Target tokens a second, the median over stretches of ten updates but the first."""
        settings = _CONFIG.format(
            folder=self._folder,
            max_tokens=self._max_tokens,
            updates=num_updates + _LOG_EVERY,
            log_every=_LOG_EVERY,
        )
        config = self._folder / "config.yaml"
        config.write_text(settings, encoding="utf-8")
        command = [str(self._python), "-m", "joeynmt", "train", str(config), "--skip-test"]
        run = subprocess.run(
            command,
            cwd=self._folder,
            env=_environment() | {"OMP_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        rates = [float(rate) for rate in _RATE.findall(run.stdout + run.stderr)]
        if run.returncode or len(rates) < 2:
            sys.exit(f"JoeyNMT failed:\n{run.stdout[-2_000:]}{run.stderr[-2_000:]}")
        return median(rates[1:])


def _install(environment: Path) -> Path:
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    python = environment / "bin" / "python"
    print(f"installing {_PACKAGES[0]} and what it needs …", flush=True)
    pip = [str(python), "-m", "pip", "install", "-qq", *_PACKAGES]
    subprocess.run(pip, env=_environment(), check=True)
    return python


def _environment() -> dict[str, str]:
    """Ours without the path to our own packages, which are not those that it wants."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


def _write_pieces(text: Path, folder: Path, vocabulary: Vocabulary) -> None:
    seen: set[str] = set()
    for split in ("train", "val"):
        for language in ("en", "de"):
            name = f"{split}.{language}"
            sentences = (text / name).read_text(encoding="utf-8").splitlines()
            pieces = [vocabulary.pieces(sentence) for sentence in sentences]
            _write_lines(folder / name, map(" ".join, pieces))
            seen.update(*pieces)
    _write_lines(folder / "pieces.txt", sorted(seen))


def _write_lines(path: Path, lines: Iterable[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
