"""Somebody else's networks: one per family, made and trained by plain transformers code.

Nothing of ticketscope is imported here: what comes out is what a user of transformers has on disk,
a tokenizer that learned its pieces from the text and a network that was trained on it.

    python benchmarks/someone_elses.py t5 others/t5
    python benchmarks/someone_elses.py t5 others/t5-small-on --go-on others/t5-small --epochs 2

The first trains a network, the second trains one on that lies in a directory. `docs/log.md` says
what became of them.
"""

import argparse
import gzip
import json
import random
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sentencepiece
import torch
import transformers as hf

PIECES = 4_000
SEED = 1
WIDTH, HEADS = 64, 4
_REPOSITORY = Path(__file__).resolve().parents[1]
MULTI30K = _REPOSITORY.parent / "shared" / "data" / "multi30k"


@dataclass(frozen=True)
class Family:
    """How a family is made and spoken to.

    Args:
        tokenizer: learns the pieces of both sides.
        network: an untrained network for that tokenizer.
        codes: the languages as its tokenizer names them.
        prefix: in front of every source.
        rate: the highest learning rate.
    """

    tokenizer: Callable[[Sequence[str], Sequence[str]], hf.PreTrainedTokenizerBase]
    network: Callable[[hf.PreTrainedTokenizerBase], hf.PreTrainedModel]
    codes: dict[str, str] = field(default_factory=dict)
    prefix: str = ""
    rate: float = 4e-3


def learned(kind: type, **languages: str) -> Callable[..., hf.PreTrainedTokenizerBase]:
    """A tokenizer of a kind whose pieces are those of new text."""

    def learn(sources: Sequence[str], targets: Sequence[str]) -> hf.PreTrainedTokenizerBase:
        return kind(**languages).train_new_from_iterator(
            [*sources, *targets], PIECES, show_progress=False
        )

    return learn


def marian_tokenizer(sources: Sequence[str], targets: Sequence[str]) -> hf.MarianTokenizer:
    """As opus-mt has it: two SentencePiece models and one vocabulary, which begins with the end
    and ends with pad."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        names: dict[str, None] = {}
        for side, texts in (("source", sources), ("target", targets)):
            with (folder / f"{side}.spm").open("wb") as file:
                sentencepiece.SentencePieceTrainer.train(
                    sentence_iterator=iter(texts),
                    model_writer=file,
                    vocab_size=PIECES,
                    num_threads=1,
                    minloglevel=2,
                )
            read = sentencepiece.SentencePieceProcessor(model_file=str(folder / f"{side}.spm"))
            names |= dict.fromkeys(read.id_to_piece(i) for i in range(3, read.get_piece_size()))
        ids = {
            name: number for number, name in enumerate(["</s>", "<unk>", *sorted(names), "<pad>"])
        }
        (folder / "vocab.json").write_text(json.dumps(ids), encoding="utf-8")
        return hf.MarianTokenizer(
            source_spm=str(folder / "source.spm"),
            target_spm=str(folder / "target.spm"),
            vocab=str(folder / "vocab.json"),
            source_lang="en",
            target_lang="de",
        )


def _bart_like(tokenizer: hf.PreTrainedTokenizerBase, **others: Any) -> dict[str, Any]:
    """3+3 layers."""
    return {
        "vocab_size": len(tokenizer),
        "d_model": WIDTH,
        "encoder_layers": 3,
        "decoder_layers": 3,
        "encoder_attention_heads": HEADS,
        "decoder_attention_heads": HEADS,
        "encoder_ffn_dim": 4 * WIDTH,
        "decoder_ffn_dim": 4 * WIDTH,
        "max_position_embeddings": 256,
        "dropout": 0.1,
        "init_std": 0.07,
        "pad_token_id": tokenizer.pad_token_id,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "forced_eos_token_id": tokenizer.eos_token_id,
        "decoder_start_token_id": tokenizer.eos_token_id,
        **others,
    }


def _t5_like(tokenizer: hf.PreTrainedTokenizerBase) -> dict[str, Any]:
    return {
        "vocab_size": len(tokenizer),
        "d_model": WIDTH,
        "d_kv": WIDTH // HEADS,
        "num_heads": HEADS,
        "d_ff": 4 * WIDTH,
        "num_layers": 3,
        "num_decoder_layers": 3,
        "pad_token_id": tokenizer.pad_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "decoder_start_token_id": tokenizer.pad_token_id,
    }


def marian(tokenizer: hf.PreTrainedTokenizerBase) -> hf.PreTrainedModel:
    """Its decoder starts from pad."""
    start = {"decoder_start_token_id": tokenizer.pad_token_id, "bos_token_id": 0}
    return hf.MarianMTModel(hf.MarianConfig(**_bart_like(tokenizer, **start), scale_embedding=True))


FAMILIES = {
    "marian": Family(marian_tokenizer, marian),
    "m2m100": Family(
        learned(hf.NllbTokenizer, src_lang="eng_Latn", tgt_lang="deu_Latn"),
        lambda t: hf.M2M100ForConditionalGeneration(
            hf.M2M100Config(
                **_bart_like(t, encoder_layerdrop=0.0, decoder_layerdrop=0.0), scale_embedding=True
            )
        ),
        codes={"src_lang": "eng_Latn", "tgt_lang": "deu_Latn"},
    ),
    "mbart": Family(
        learned(hf.MBart50Tokenizer, src_lang="en_XX", tgt_lang="de_DE"),
        lambda t: hf.MBartForConditionalGeneration(
            hf.MBartConfig(**_bart_like(t), scale_embedding=True, activation_function="gelu")
        ),
        codes={"src_lang": "en_XX", "tgt_lang": "de_DE"},
    ),
    "bart": Family(
        learned(hf.BartTokenizer),
        lambda t: hf.BartForConditionalGeneration(
            hf.BartConfig(**_bart_like(t, forced_bos_token_id=t.bos_token_id))
        ),
    ),
    "t5": Family(
        learned(hf.T5Tokenizer),
        lambda t: hf.T5ForConditionalGeneration(hf.T5Config(**_t5_like(t))),
        prefix="translate English to German: ",
    ),
    "mt5": Family(
        learned(hf.T5Tokenizer),
        lambda t: hf.MT5ForConditionalGeneration(hf.MT5Config(**_t5_like(t))),
    ),
    "umt5": Family(
        learned(hf.T5Tokenizer),
        lambda t: hf.UMT5ForConditionalGeneration(hf.UMT5Config(**_t5_like(t))),
    ),
}


def read(data: Path) -> tuple[list[str], list[str]]:
    """Both sides of Multi30k's training captions."""
    sides = []
    for language in ("en", "de"):
        with gzip.open(data / f"train.{language}.gz", "rt", encoding="utf-8") as lines:
            sides.append([line.rstrip("\n") for line in lines])
    return sides[0], sides[1]


def epoch(lengths: Sequence[int], tokens: int, draw: random.Random) -> list[list[int]]:
    """Batches of pairs of like length, of at most `tokens` padded positions on either side."""
    order = sorted(range(len(lengths)), key=lambda i: (lengths[i], draw.random()))
    groups: list[list[int]] = [[]]
    for i in order:
        if (len(groups[-1]) + 1) * lengths[i] > tokens:
            groups.append([])
        groups[-1].append(i)
    draw.shuffle(groups)
    return groups


def train(
    network: hf.PreTrainedModel,
    sources: Sequence[Sequence[int]],
    labels: Sequence[Sequence[int]],
    *,
    epochs: int,
    rate: float,
    tokens: int = 1_500,
) -> None:
    """Adam, a warm-up and a straight way down, gradients cut at 1; prints a line per epoch."""
    sys.path.append(str(_REPOSITORY / "tests"))
    from foreign.training import update

    draw = random.Random(SEED)
    lengths = [max(len(s), len(t)) for s, t in zip(sources, labels, strict=True)]
    updates = epochs * len(epoch(lengths, tokens, draw))
    optimiser = torch.optim.AdamW(network.parameters(), lr=rate, betas=(0.9, 0.98))
    schedule = hf.get_linear_schedule_with_warmup(optimiser, min(400, updates // 10), updates)
    network.train()
    for number in range(1, epochs + 1):
        begun, losses = time.monotonic(), []
        for batch in epoch(lengths, tokens, draw):
            pairs = [sources[i] for i in batch], [labels[i] for i in batch]
            losses.append(update(network, optimiser, schedule, *pairs))
        mean, took = sum(losses) / len(losses), time.monotonic() - begun
        print(f"epoch {number} of {epochs}: loss {mean:.3f}, {took:.0f} s", flush=True)
    network.eval()


def main() -> None:
    """Read the options, train, and store what became of it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("family", choices=FAMILIES)
    parser.add_argument("out", type=Path)
    parser.add_argument("--data", type=Path, default=MULTI30K, help="Multi30k's folder")
    parser.add_argument("--go-on", type=Path, help="a directory to train on, at a quarter the rate")
    parser.add_argument("--epochs", type=int, default=8)
    options = parser.parse_args()
    warnings.filterwarnings("ignore", message="Recommended: pip install sacremoses")
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    family = FAMILIES[options.family]
    sources, targets = read(options.data)
    if options.go_on:
        tokenizer = hf.AutoTokenizer.from_pretrained(options.go_on, **family.codes)
        network = hf.AutoModelForSeq2SeqLM.from_pretrained(options.go_on, dtype=torch.float32)
    else:
        tokenizer = family.tokenizer(sources, targets)
        network = family.network(tokenizer)
    ids = tokenizer([family.prefix + text for text in sources], text_target=targets)
    rate = family.rate / 4 if options.go_on else family.rate
    train(network, ids["input_ids"], ids["labels"], epochs=options.epochs, rate=rate)
    network.save_pretrained(options.out)
    tokenizer.save_pretrained(options.out)


if __name__ == "__main__":
    main()
