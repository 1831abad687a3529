"""The short README.md in every ticket directory."""

from pathlib import Path
from typing import Final

from ticketscope import __version__, config
from ticketscope.arms import arm_of
from ticketscope.arms.dense import DENSE
from ticketscope.networks.families import Shape
from ticketscope.networks.model import Sparsity
from ticketscope.runs.store import LevelId

_OF_WEIGHTS = """\
Pruned weights are exact zeros in `model.safetensors`; which ones is in `masks.safetensors` beside
this directory. Dense kernels do not run faster for it."""
_OF_UNITS = """\
Whole layers or neurons are removed, and the sparsity is the share of the dense network's numbers
that is gone. `units.json` beside this directory says which layers and neurons are left."""

LOADED_HERE: Final = 'from_pretrained(".")'
"""How a card says that a ticket is loaded which lies in the folder of the card."""


def model_card(
    level: LevelId,
    experiment: config.Experiment,
    sparsity: Sparsity,
    validation_loss: float,
    size: Shape,
) -> str:
    """Markdown that says what the network is and how to use it; no times, no paths."""
    corpus, shape = experiment.corpus, experiment.model
    kind = "synthetic corpus (embedded grammar)" if corpus.kind == "grammar" else "parallel corpus"
    architecture = {"post": "MarianMTModel (post-norm)", "pre": "M2M100 (pre-norm)"}[shape.norm]
    made_of = (
        f"that of `{Path(shape.pretrained).name}`, where it was pretrained"
        if shape.pretrained
        else f"{architecture}, {shape.encoder_layers}+{shape.decoder_layers} layers, "
        f"d_model {shape.d_model}, FFN {shape.ffn}, {shape.heads} heads"
    )
    removes = level.arm != DENSE and arm_of(level.arm).removes
    if removes:
        layers, width = size.layers, size.widths["encoder"]
        made_of += (
            f"; what is left of it: {layers['encoder']}+{layers['decoder']} layers, FFN {width}"
        )
    tags = ["pruning", "structured" if removes else "sparse"]
    if experiment.cast.finds_tickets:
        tags = ["lottery-ticket", *tags]
    return f"""---
language: [{_in_yaml(corpus.source)}, {_in_yaml(corpus.target)}]
pipeline_tag: translation
library_name: transformers
tags: [{", ".join(tags)}]
---
# {experiment.name}: {level}

A translation Transformer ({corpus.source} to {corpus.target}) made by ticketscope {__version__}
from a {kind}. Arm `{level.arm}`, level {level.level}, replicate {level.replicate}.

| | |
|---|---|
| architecture | {made_of} |
| sparsity of prunable weights | {sparsity.prunable:.4f} |
| sparsity of all parameters | {sparsity.total:.4f} |
| sparsity of non-embedding parameters | {sparsity.non_embedding:.4f} |
| validation loss | {validation_loss:.4f} nats per token |

{_OF_UNITS if removes else _OF_WEIGHTS}

```python
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

tokenizer = AutoTokenizer.{LOADED_HERE}
model = AutoModelForSeq2SeqLM.{LOADED_HERE}
output = model.generate(**tokenizer(["A sentence."], return_tensors="pt"))
print(tokenizer.batch_decode(output, skip_special_tokens=True))
```
"""


def _in_yaml(language: str) -> str:
    """Norwegian is `no`, which YAML would read as false."""
    return f'"{language}"' if language in ("no", "on", "off", "yes", "y", "n") else language
