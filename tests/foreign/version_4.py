"""The same network as transformers 4 stored it, which is the form of most files of the hub."""

import json
import shutil
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save_file
from transformers import AutoModelForSeq2SeqLM

from foreign.families import Foreign
from foreign.variants import WEIGHTS, edit_json

_OF_BART: dict[str, Any] = {
    "_name_or_path": "somebody/something",
    "_num_labels": 3,
    "add_bias_logits": False,
    "classif_dropout": 0.0,
    "classifier_dropout": 0.0,
    "dropout": 0.1,
    "decoder_layerdrop": 0.05,
    "encoder_layerdrop": 0.05,
    "early_stopping": True,
    "extra_pos_embeddings": 2,
    "force_bos_token_to_be_generated": False,
    "gradient_checkpointing": False,
    "id2label": {"0": "LABEL_0", "1": "LABEL_1", "2": "LABEL_2"},
    "label2id": {"LABEL_0": 0, "LABEL_1": 1, "LABEL_2": 2},
    "is_encoder_decoder": True,
    "length_penalty": 2.0,
    "max_length": 200,
    "min_length": 2,
    "num_beams": 5,
    "no_repeat_ngram_size": 3,
    "output_past": True,
    "static_position_embeddings": True,
    "task_specific_params": {"translation_en_to_ro": {"decoder_start_token_id": 250020}},
    "torch_dtype": "float32",
    "transformers_version": "4.22.0",
    "use_cache": True,
}
_OF_T5: dict[str, Any] = {
    "architectures": ["T5WithLMHeadModel"],
    "n_positions": 512,
    "output_past": True,
    "task_specific_params": {
        "translation_en_to_de": {
            "early_stopping": True,
            "max_length": 300,
            "num_beams": 4,
            "prefix": "translate English to German: ",
        }
    },
    "dropout_rate": 0.1,
    "layer_norm_epsilon": 1e-06,
    "torch_dtype": "float32",
    "transformers_version": "4.22.0",
    "use_cache": True,
}
_OF_KIND: dict[str, dict[str, Any]] = {
    "marian": {"normalize_before": False, "normalize_embedding": False},
    "m2m_100": {"_num_labels": 3},
    "mbart": {
        "add_final_layer_norm": True,
        "normalize_before": True,
        "normalize_embedding": True,
        "static_position_embeddings": False,
    },
    "bart": {
        "add_final_layer_norm": False,
        "normalize_before": False,
        "normalize_embedding": True,
        "prefix": " ",
        "static_position_embeddings": False,
    },
}
_UNREAD = "block.0.layer.1.EncDecAttention.relative_attention_bias.weight"


def as_version_4(base: Path, _foreign: Foreign, out: Path) -> None:
    """Old entries of config.json, and every tensor of the state dict by all its names, tables of
    sinusoids too."""
    shutil.copytree(base, out)
    kind = json.loads((base / "config.json").read_text(encoding="utf-8"))["model_type"]
    (out / "generation_config.json").unlink()
    edit_json(out / "config.json", **(_OF_T5 if "t5" in kind else _OF_BART | _OF_KIND[kind]))
    config = json.loads((out / "config.json").read_text(encoding="utf-8"))
    for new in ("dtype", "scale_decoder_outputs"):
        config.pop(new, None)
    (out / "config.json").write_text(json.dumps(config), encoding="utf-8")
    network = AutoModelForSeq2SeqLM.from_pretrained(base)
    tensors = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    # What transformers 5 ties whatever is stored is as it was stored.
    tensors |= load_file(base / WEIGHTS)
    if kind == "t5":
        # A table that nothing ever read, in the files of T5 1.0.
        name = "block.0.layer.0.SelfAttention.relative_attention_bias.weight"
        tensors[f"decoder.{_UNREAD}"] = tensors[f"decoder.{name}"].clone()
    save_file(tensors, out / WEIGHTS, {"format": "pt"})
