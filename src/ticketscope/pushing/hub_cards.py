"""README.md of a repository and of each network in it, with the metadata that the hub reads."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import pandas as pd

from ticketscope import __version__
from ticketscope.config import Study
from ticketscope.networks.model_card import LOADED_HERE
from ticketscope.runs.store import LevelId

_TASK: Final = "translation"
_FRONT_MATTER: Final = re.compile(r"---\n(.*?)\n---\n", re.DOTALL)
_BESIDE: Final = re.compile(r"beside\s+this directory")
"""Where a card says that masks and units lie, which is so in a run alone."""


@dataclass(frozen=True)
class Publication:
    """What the user says about what is published.

    Args:
        repo: OWNER/NAME.
        license: as the hub calls it: mit, cc-by-4.0, other.
        base_model: the id of the network that all come from; "": there is none, or it is not said.
    """

    repo: str
    license: str
    base_model: str = ""


def network_card(
    of_ticket: str, label: LevelId, publication: Publication, study: Study, scores: pd.DataFrame
) -> str:
    """The card that a network has in the run, with the licence and its scores, and how to load it
    from the hub.

    of_ticket: the card in the run.
    scores: all rows of quality.csv.
    """
    text = _FRONT_MATTER.sub("", of_ticket, count=1)
    metadata = {
        **_metadata(publication, study, _tags(of_ticket)),
        "pipeline_tag": _TASK,
        "library_name": "transformers",
        "model-index": _results(label, scores),
    }
    loading = f'from_pretrained("{publication.repo}", subfolder="{label}")'
    assert LOADED_HERE in text, "the card says how a ticket is loaded"
    text = _BESIDE.sub("in this folder", text).replace(LOADED_HERE, loading)
    return _front(metadata) + text


def run_card(
    networks: Mapping[LevelId, str],
    publication: Publication,
    study: Study,
    training_digest: str,
    scores: pd.DataFrame,
) -> str:
    """README.md of the repository.

    The hub shows one list of scores: those of the network that is loaded as an example. The others
    are in a table, and on the card of each network.

    networks: the card of each in the run; none: tables alone.
    """
    example = max(networks, key=partial(_example_first, study), default=None)
    tags = dict.fromkeys(tag for card in networks.values() for tag in _tags(card))
    metadata = _metadata(publication, study, tags)
    if example:
        metadata |= {
            "pipeline_tag": _TASK,
            "library_name": "transformers",
            "model-index": _results(example, scores),
        }
    languages = study.languages
    told = [
        f"# {study.name}",
        f"Translation networks ({languages.source} to {languages.target}), measured by ticketscope "
        f"{__version__}. The tables hold every figure; what each column means is in "
        "docs/run-directory.md of ticketscope.",
        f"Training digest: `{training_digest}`." if networks else "",
        *(
            _of_networks(list(networks), example, publication.repo, scores)
            if example
            else _of_tables(publication.repo, scores)
        ),
    ]
    return _front(metadata) + "\n\n".join(filter(None, told)) + "\n"


def _example_first(study: Study, label: LevelId) -> tuple[bool, int, int]:
    """The most pruned network of the first arm under study, of the first replicate."""
    return label.arm == study.cast.first_name, -label.replicate, label.level


def _of_networks(
    labels: Sequence[LevelId], example: LevelId, repo: str, scores: pd.DataFrame
) -> list[str]:
    code = f'''```python
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

repo, network = "{repo}", "{example}"
tokenizer = AutoTokenizer.from_pretrained(repo, subfolder=network)
model = AutoModelForSeq2SeqLM.from_pretrained(repo, subfolder=network)
```'''
    return [
        "Each network is a folder. `masks.safetensors` in it says which weights were kept, where "
        "weights were pruned. Nothing here is pickled, and nothing needs `trust_remote_code`.",
        code,
        _table(labels, scores),
    ]


def _of_tables(repo: str, scores: pd.DataFrame) -> list[str]:
    """Without networks: others made them, so they are not here."""
    labels = [
        LevelId(*key) for key in scores[["replicate", "arm", "level"]].itertuples(index=False)
    ]
    return [
        "The networks were made by others and are not in this repository.",
        f'```python\nimport pandas\n\nquality = pandas.read_csv("hf://datasets/{repo}/tables/'
        'quality.csv")\n```',
        _table(list(dict.fromkeys(labels)), scores),
    ]


def _table(labels: Sequence[LevelId], scores: pd.DataFrame) -> str:
    """BLEU of each network on each test set, with its 95 % interval."""
    bleu = scores[scores["metric"] == "bleu"]
    test_sets = list(dict.fromkeys(bleu["test_set"]))
    headings = ["network", "zeros among prunable weights", *(f"BLEU, {t}" for t in test_sets)]
    lines = [
        f"| {' | '.join(headings)} |",
        "|---|---|" + "---|" * len(test_sets),
    ]
    for label in labels:
        rows = _rows(label, bleu).set_index("test_set")
        zeros = f"{rows['sparsity_prunable'].iloc[0]:.1%}" if len(rows) else ""
        cells = [_cell(rows, test_set) for test_set in test_sets]
        lines.append(f"| `{label}` | {zeros} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(rows: pd.DataFrame, test_set: str) -> str:
    if test_set not in rows.index:
        return ""
    row = rows.loc[test_set]
    return f"{row['value']:.1f} [{row['lower']:.1f}, {row['upper']:.1f}]"


# ----------------------------------------------------------------------------- metadata


def _metadata(publication: Publication, study: Study, tags: Iterable[str]) -> dict[str, Any]:
    metadata: dict[str, Any] = {
        "license": publication.license,
        "language": list(study.languages),
        "tags": [*tags, "ticketscope"],
    }
    if publication.base_model:
        metadata["base_model"] = publication.base_model
    return metadata


def _tags(card: str) -> list[str]:
    import yaml

    found = _FRONT_MATTER.match(card)
    assert found is not None, "a card has metadata"
    return list(yaml.safe_load(found[1])["tags"])


def _results(label: LevelId, scores: pd.DataFrame) -> list[dict[str, Any]]:
    """Every row that a network has in quality.csv, in the hub's form (model-index)."""
    from huggingface_hub import EvalResult
    from huggingface_hub.repocard_data import eval_results_to_model_index

    results = [
        EvalResult(
            task_type=_TASK,
            dataset_type=row["test_set"],
            dataset_name=row["test_set"],
            metric_type=row["metric"],
            metric_value=row["value"],
            metric_args={"signature": row["signature"]},
        )
        for row in _rows(label, scores).to_dict("records")
    ]
    return eval_results_to_model_index(str(label), results)


def _rows(label: LevelId, scores: pd.DataFrame) -> pd.DataFrame:
    return scores[
        (scores["arm"] == label.arm)
        & (scores["replicate"] == label.replicate)
        & (scores["level"] == label.level)
    ]


def _front(metadata: Mapping[str, Any]) -> str:
    import yaml

    dumped = yaml.safe_dump(dict(metadata), sort_keys=False, allow_unicode=True)
    return f"---\n{dumped}---\n"
