"""What a compressor makes of a network, by plain code and without training."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from ctranslate2.converters import TransformersConverter
from safetensors.torch import load_file, save_file
from torch import Tensor
from transformers import (
    AutoModelForSeq2SeqLM,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)

from foreign.families import Foreign, ids_by_name, quietly
from foreign.texts import test_pairs, train_pairs
from foreign.training import train

WEIGHTS = "model.safetensors"

Variant = Callable[[Path, Foreign, Path], None]
"""Base, its family, the folder to write."""


def _stored(base: Path, out: Path, change: Callable[[dict[str, Tensor]], None]) -> None:
    """A copy with other tensors."""
    shutil.copytree(base, out)
    tensors = load_file(base / WEIGHTS)
    change(tensors)
    save_file(tensors, out / WEIGHTS, {"format": "pt"})


# ----------------------------------------------------------------------------- of every weight


def float16(base: Path, _foreign: Foreign, out: Path) -> None:
    """All weights in half precision, as config.json says."""

    def halve(tensors: dict[str, Tensor]) -> None:
        for name, tensor in tensors.items():
            tensors[name] = tensor.half()

    _stored(base, out, halve)
    edit_json(out / "config.json", dtype="float16")


def magnitude(share: float) -> Variant:
    """Zero the smallest weights of attention and feed-forward matrices, all in one ranking."""

    def prune(base: Path, _foreign: Foreign, out: Path) -> None:
        def zero(tensors: dict[str, Tensor]) -> None:
            names = [name for name in tensors if _is_of_a_layer(name, tensors[name])]
            sizes = torch.cat([tensors[name].abs().flatten() for name in names])
            cut = sizes.sort().values[round(share * len(sizes)) - 1]
            for name in names:
                tensors[name] = torch.where(tensors[name].abs() <= cut, 0.0, tensors[name])

        _stored(base, out, zero)

    return prune


def _is_of_a_layer(name: str, tensor: Tensor) -> bool:
    inside = ".layers." in name or ".block." in name
    return inside and tensor.dim() == 2 and "relative_attention_bias" not in name


def int8(base: Path, foreign: Foreign, out: Path) -> None:
    """A CTranslate2 directory by its own converter, with the files of the tokenizer beside it."""
    converted(base, foreign, out, "int8")


def converted(base: Path, _foreign: Foreign, out: Path, quantization: str | None) -> None:
    """A CTranslate2 directory."""
    quietly(_Converter(str(base)).convert, str(out), quantization=quantization)
    weights = {"config.json", "generation_config.json", WEIGHTS}
    for path in base.iterdir():
        # The vocabulary of CTranslate2 has other names than those of the tokenizers.
        if path.name not in weights:
            shutil.copy(path, out / path.name)


class _Converter(TransformersConverter):
    """CTranslate2's own, mended where version 4.8 does not know transformers 5.23 or Marian."""

    def load_model(self, model_class: type, directory: str, **options: Any) -> PreTrainedModel:
        network = super().load_model(model_class, directory, **options)
        # BART and mBART: transformers 5 no longer has these entries.
        network.config.normalize_before = network.config.model_type == "mbart"
        network.config.normalize_embedding = network.config.model_type in ("bart", "mbart")
        # T5 and its kin: their configs say that all are tied, and then the states are scaled.
        if "lm_head.weight" in load_file(Path(directory) / WEIGHTS):
            network.config.tie_word_embeddings = False
        return network

    def convert(self, output_dir: str, **options: Any) -> str:
        super().convert(output_dir, **options)
        # MBart50Tokenizer of transformers 5 has none, and CTranslate2 wants one.
        edit_json(Path(output_dir) / "config.json", bos_token="<s>")
        target = Path(self._model_name_or_path) / "target_vocab.json"
        if target.is_file():
            # Its loader gives both sides the vocabulary of the source.
            ids = json.loads(target.read_text(encoding="utf-8"))
            names = [name for name in sorted(ids, key=ids.__getitem__) if name != "<pad>"]
            shared = Path(output_dir) / "shared_vocabulary.json"
            shared.rename(shared.with_name("source_vocabulary.json"))
            write_json(shared.with_name("target_vocabulary.json"), names)
        return output_dir


def trained_on(base: Path, foreign: Foreign, out: Path) -> None:
    """Nothing is removed, but training goes on: what a control is."""
    shutil.copytree(base, out)
    network = AutoModelForSeq2SeqLM.from_pretrained(base)
    ids = foreign.encode(foreign.open_tokenizer(base), *zip(*train_pairs(), strict=True))
    train(network, *ids, updates=30, rate=foreign.rate / 8)
    network.save_pretrained(out)


# ----------------------------------------------------------------------------- of the shape


def layers_kept(module: str, kept: tuple[int, ...]) -> Variant:
    """Keep some layers of a module, counted from 0, and number them anew."""

    def drop(base: Path, _foreign: Foreign, out: Path) -> None:
        def renumber(tensors: dict[str, Tensor]) -> None:
            of_layers = {name: found for name in tensors if (found := _layer(name, module))}
            taken = {name: tensors.pop(name) for name in of_layers}
            for name, (place, layer) in of_layers.items():
                if layer in kept:
                    parts = name.split(".")
                    parts[place] = str(kept.index(layer))
                    tensors[".".join(parts)] = taken[name]

        _stored(base, out, renumber)
        stored = json.loads((base / "config.json").read_text(encoding="utf-8"))
        entries = {
            "encoder": ("num_layers", "encoder_layers", "num_hidden_layers"),
            "decoder": ("num_decoder_layers", "decoder_layers"),
        }[module]
        edit_json(out / "config.json", **{key: len(kept) for key in entries if key in stored})

    return drop


def _layer(name: str, module: str) -> tuple[int, int] | None:
    """Of a tensor of a layer of a module: where the number stands in its name, and the number."""
    match = re.fullmatch(rf"((?:model\.)?{module}\.(?:layers|block)\.)(\d+)\..*", name)
    return (match[1].count("."), int(match[2])) if match else None


# ----------------------------------------------------------------------------- of the vocabulary


def trimmed(base: Path, foreign: Foreign, out: Path) -> None:
    """Leave out the pieces that no text needs. Ids are consecutive again, in the files of the
    tokenizer and in the network."""
    shutil.copytree(base, out)
    before = foreign.open_tokenizer(base)
    needed = _of_one_size(_needed(before, foreign), ids_by_name(before))
    for name, side in (("vocab.json", 0), ("target_vocab.json", 1)):
        if (out / name).is_file():
            ids = json.loads((out / name).read_text(encoding="utf-8"))
            kept = [name for name in ids if name in needed[side]]
            write_json(out / name, {name: number for number, name in enumerate(kept)})
    if (out / "tokenizer.json").is_file():
        _trim_tokenizer_json(out / "tokenizer.json", needed[0])
    # Old files do not have this entry, in which new ones repeat the ids of special symbols.
    settings = json.loads((out / "tokenizer_config.json").read_text(encoding="utf-8"))
    settings.pop("added_tokens_decoder", None)
    write_json(out / "tokenizer_config.json", settings)
    after = foreign.open_tokenizer(out)
    rows = [
        [old[name] for name, _ in sorted(new.items(), key=lambda entry: entry[1])]
        for old, new in zip(ids_by_name(before), ids_by_name(after), strict=True)
    ]
    _trim_network(out, rows, [len(old) for old in ids_by_name(before)])


def _needed(tokenizer: PreTrainedTokenizerBase, foreign: Foreign) -> tuple[set[str], set[str]]:
    """Names of either side that texts use, and what is no ordinary piece. Where the sides share a
    vocabulary, what either needs."""
    sources, targets = zip(*train_pairs(), *test_pairs(), strict=True)
    found: list[set[str]] = []
    sides = ids_by_name(tokenizer)
    for names, texts in zip(sides, foreign.encode(tokenizer, sources, targets), strict=True):
        used = {i for ids in texts for i in ids}
        # Sentinels, codes and single characters: of these the longer pieces are made.
        plain = {name for name in names if len(name) > 1 and name[0] + name[-1] != "<>"}
        codes = set(tokenizer.all_special_tokens)
        found.append({name for name, i in names.items() if i in used or name not in plain - codes})
    both = found[0] | found[1]
    return (both, both) if sides[0] is sides[1] else (found[0], found[1])


def _of_one_size(
    needed: tuple[set[str], set[str]], names: tuple[dict[str, int], dict[str, int]]
) -> tuple[set[str], set[str]]:
    """Fill the smaller side up, for a Marian network knows one pad for both."""
    size = max(map(len, needed))
    for side, known in zip(needed, names, strict=True):
        spare = [name for name in known if name not in side]
        side.update(spare[: size - len(side)])
    return needed


def _trim_tokenizer_json(path: Path, needed: set[str]) -> None:
    stored = json.loads(path.read_text(encoding="utf-8"))
    model = stored["model"]
    if model["type"] == "Unigram":
        model["vocab"] = [entry for entry in model["vocab"] if entry[0] in needed]
        ids = {name: number for number, (name, _) in enumerate(model["vocab"])}
    else:
        # A piece is made of others, these of others again.
        made = [(left, right) for left, right in map(tuple, model["merges"])]
        size = 0
        while size < len(needed):
            size = len(needed)
            needed |= {part for pair in made if "".join(pair) in needed for part in pair}
        model["merges"] = [pair for pair in made if {*pair, "".join(pair)} <= needed]
        kept = [name for name in model["vocab"] if name in needed]
        ids = {name: number for number, name in enumerate(kept)}
        model["vocab"] = ids
    for token in stored["added_tokens"]:
        token["id"] = ids.setdefault(token["content"], len(ids))
    for token in (stored["post_processor"].get("special_tokens") or {}).values():
        token["ids"] = [ids[name] for name in token["tokens"]]
    write_json(path, stored)


def _trim_network(out: Path, rows: list[list[int]], num_names: list[int]) -> None:
    """Take the rows of the network that the tokenizer still names, and those beyond all names."""
    sides = {"model.encoder.embed_tokens.weight": 0}
    tables = ("model.shared.weight", "shared.weight", "lm_head.weight", "final_logits_bias")

    tensors = load_file(out / WEIGHTS)
    for name in (*tables, "model.encoder.embed_tokens.weight", "model.decoder.embed_tokens.weight"):
        if name in tensors:
            side, axis = sides.get(name, 1), -1 if name == "final_logits_bias" else 0
            beyond = range(num_names[side], tensors[name].shape[axis])
            chosen = torch.tensor([*rows[side], *beyond])
            tensors[name] = tensors[name].index_select(axis, chosen).contiguous()
            size = len(chosen)
    save_file(tensors, out / WEIGHTS, {"format": "pt"})
    new_id = {old: new for new, old in enumerate(rows[1])}
    for path in (out / "config.json", out / "generation_config.json"):
        stored = json.loads(path.read_text(encoding="utf-8"))
        for key, value in stored.items():
            if key.endswith("_token_id") and value is not None:
                stored[key] = new_id[value]
            elif key == "bad_words_ids":
                stored[key] = [[new_id[i] for i in word] for word in value]
            elif key in ("vocab_size", "decoder_vocab_size"):
                stored[key] = size
        write_json(path, stored)


# ----------------------------------------------------------------------------- all of them

VARIANTS: dict[str, Variant] = {
    "float16": float16,
    "int8": int8,
    "magnitude_50": magnitude(0.5),
    "magnitude_80": magnitude(0.8),
    "encoder_layer_dropped": layers_kept("encoder", (0, 1)),
    "decoder_layer_dropped": layers_kept("decoder", (0,)),
    "trimmed": trimmed,
}


def write_json(path: Path, content: object) -> None:
    """Write a JSON file."""
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False), encoding="utf-8")


def edit_json(path: Path, **entries: object) -> None:
    """Change entries of a JSON file."""
    write_json(path, json.loads(path.read_text(encoding="utf-8")) | entries)
