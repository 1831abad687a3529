"""Pushing: what is laid out loads and is what the run has; it is sent at the user's word alone."""

import csv
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from hub_fixture import LocalHub, local_hub

from tests_support import ONE_VARIANT, tree
from ticketscope import InputError, JobError, Network, open_run
from ticketscope.files import sha256
from ticketscope.pushing import push as pushing
from ticketscope.pushing.hub_cards import Publication, run_card
from ticketscope.pushing.push import push
from ticketscope.runs.seals import write_sealed
from ticketscope.runs.store import LevelId, Run
from ticketscope.study.main_job import described
from ticketscope.tables.networks import NETWORKS
from ticketscope.tables.quality import QUALITY
from ticketscope.tables.written import write_table

TO = Publication("me/toy", "cc-by-nc-4.0")
TICKET = LevelId(0, "lr_rewinding", 2)


@pytest.fixture
def run(toy_run: Path, tmp_path: Path) -> Path:
    """A copy, to be harmed."""
    shutil.copytree(toy_run, tmp_path / "toy")
    return tmp_path / "toy"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalHub]:
    """A hub on this machine, in place of the one far away."""
    import huggingface_hub.constants as constants

    with local_hub() as local:
        monkeypatch.setattr(constants, "ENDPOINT", local.url)
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
        monkeypatch.setenv("HF_TOKEN", "hf_mine")
        yield local


def pushed(root: Path, publication: Publication = TO, **options: Any) -> list[str]:
    """What is said."""
    said: list[str] = []
    push(root, publication, tell=said.append, **options)
    return said


def metadata(card: Path | str) -> dict[str, Any]:
    text = card.read_text() if isinstance(card, Path) else card
    found: dict[str, Any] = yaml.safe_load(text.split("---\n")[1])
    return found


# ----------------------------------------------------------------------------- the folder


@pytest.fixture(scope="module")
def folder(toy_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All tickets of the second level, laid out."""
    out = tmp_path_factory.mktemp("laid") / "out"
    before = tree(toy_run)
    said = pushed(
        toy_run, networks=("*/lr_rewinding/level-02",), report=True, out=out, dry_run=True
    )
    assert tree(toy_run) == before
    listed = {line.split()[2]: line.split()[:2] for line in said[:-3]}
    assert listed == {
        str(file.relative_to(out)): [f"{file.stat().st_size:,}", sha256(file)]
        for file in out.rglob("*")
        if file.is_file()
    }
    assert said[-1] == "a dry run: nothing was sent"
    return out


# Without sacremoses, which takes no part in encoding, transformers recommends it.
@pytest.mark.filterwarnings("ignore:Recommended. pip install sacremoses")
def test_transformers_loads_each_network_by_its_subfolder(folder: Path, toy_run: Path) -> None:
    from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

    for replicate in (0, 1):
        label = LevelId(replicate, "lr_rewinding", 2)
        ticket = Run(toy_run).level(label).ticket
        model = AutoModelForSeq2SeqLM.from_pretrained(folder, subfolder=str(label))
        expected = AutoModelForSeq2SeqLM.from_pretrained(ticket).state_dict()
        assert model.state_dict().keys() == expected.keys()
        for name, tensor in model.state_dict().items():
            assert torch.equal(tensor, expected[name]), name
        tokenizer = AutoTokenizer.from_pretrained(folder, subfolder=str(label))
        assert type(tokenizer) is type(AutoTokenizer.from_pretrained(ticket))
        text = "one two green."
        assert tokenizer(text).input_ids == AutoTokenizer.from_pretrained(ticket)(text).input_ids


def test_ticketscope_reads_a_network_with_its_mask(folder: Path, toy_run: Path) -> None:
    given = Network.from_directory(folder / str(TICKET))
    ticket = open_run(toy_run).network("lr_rewinding", level=2)
    assert given.mask == ticket.mask
    assert given.sparsity == ticket.sparsity
    texts = ["one two green.", "ten small red."]
    assert given.translate(texts) == ticket.translate(texts)


def test_tables_and_report_are_those_of_the_run(folder: Path, toy_run: Path) -> None:
    ours, sent = toy_run / "tables", folder / "tables"
    assert {f.name: f.read_bytes() for f in sent.iterdir()} == {
        f.name: f.read_bytes() for f in ours.iterdir()
    }
    assert (folder / "report.html").read_bytes() == (toy_run / "report.html").read_bytes()
    assert {path.name for path in folder.iterdir()} == {
        *("README.md", "run.json", "replicate-0", "replicate-1", "tables", "report.html")
    }
    for name in ("run.json", "README.md"):
        assert str(toy_run.parent) not in (folder / name).read_text()


def test_cards_have_the_licence_and_the_scores_of_the_table(folder: Path, toy_run: Path) -> None:
    from huggingface_hub import ModelCard

    with (toy_run / "tables" / "quality.csv").open() as file:
        rows = [
            row
            for row in csv.DictReader(file)
            if (row["arm"], row["replicate"], row["level"]) == ("lr_rewinding", "0", "2")
        ]
    expected = {(r["test_set"], r["metric"]): float(r["value"]) for r in rows}
    assert len(expected) > 10
    for card in (folder / "README.md", folder / str(TICKET) / "README.md"):
        data = ModelCard(card.read_text()).data
        assert (data.license, data.language) == ("cc-by-nc-4.0", ["en", "de"])
        assert (data.library_name, data.pipeline_tag) == ("transformers", "translation")
        assert {"lottery-ticket", "ticketscope"} <= set(data.tags)
        assert data.model_name == str(TICKET)
        assert {(r.dataset_name, r.metric_type): r.metric_value for r in data.eval_results} == (
            expected
        )
    text = (folder / str(TICKET) / "README.md").read_text()
    assert f'from_pretrained("me/toy", subfolder="{TICKET}")' in text
    assert 'from_pretrained(".")' not in text
    assert "`masks.safetensors` in this folder" in " ".join(text.split())
    listed = (folder / "README.md").read_text()
    assert all(f"| `replicate-{r}/lr_rewinding/level-02` | 59.0%" in listed for r in (0, 1))


def test_a_language_is_no_truth_value(toy_run: Path) -> None:
    """YAML reads a bare `no`, Norwegian, as false."""
    study = open_run(toy_run).study
    files = study.corpus.model_copy(update={"target": "no"})  # type: ignore[attr-defined]
    other = study.model_copy(update={"corpus": files})
    card = run_card({}, TO, other, "", open_run(toy_run).quality)
    assert metadata(card)["language"] == ["en", "no"]


def test_a_pretrained_network_is_named_by_the_user(toy_run: Path) -> None:
    opened = open_run(toy_run)
    model = opened.study.model.model_copy(update={"pretrained": "/a/opus"})  # type: ignore[attr-defined]
    started = replace(opened, study=opened.study.model_copy(update={"model": model}))
    assert pushing._unnamed_base(started, TO).endswith("give --base-model OWNER/NAME")
    assert pushing._unnamed_base(opened, TO) == ""
    to = replace(TO, base_model="owner/opus")
    assert pushing._unnamed_base(started, to) == ""
    assert metadata(run_card({}, to, started.study, "", opened.quality))["base_model"] == (
        "owner/opus"
    )


def test_laying_out_again_writes_what_is_missing_or_differs(toy_run: Path, tmp_path: Path) -> None:
    options: dict[str, Any] = {"networks": (str(TICKET),), "out": tmp_path / "out", "dry_run": True}
    pushed(toy_run, **options)
    whole = tree(options["out"])
    weights = options["out"] / str(TICKET) / "model.safetensors"
    weights.write_bytes(b"other weights")
    (options["out"] / "run.json").unlink()
    kept = options["out"] / "tables" / "quality.csv"
    before = kept.stat().st_mtime_ns
    pushed(toy_run, **options)
    assert tree(options["out"]) == whole
    assert kept.stat().st_mtime_ns == before


def test_a_dry_run_without_a_folder_writes_nothing(
    toy_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = pushed(toy_run, dry_run=True, private=True)
    assert said[-2].endswith("for model me/toy, private")
    assert sum("model.safetensors" in line for line in said) == 14, "all networks of the run"
    assert not list(tmp_path.iterdir())


# ----------------------------------------------------------------------------- the hub


def test_the_hub_gets_the_files_that_were_listed(
    toy_run: Path, tmp_path: Path, hub: LocalHub
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "foreign").write_text("not of the run")
    said = pushed(toy_run, networks=(str(TICKET),), private=True, out=out)
    assert hub.files is not None
    listed = {line.split()[2]: line.split()[1] for line in said[:-3]}
    assert hub.files == {path: (out / path).read_bytes() for path in listed}
    assert (hub.kind, hub.private, hub.tokens) == ("models", True, {"Bearer hf_mine"})
    assert set(hub.cards) == {hub.files["README.md"].decode()}, "the hub looks at metadata"
    assert said[-1] == f"{hub.url}/me/toy"
    assert not any("hf_mine" in line for line in said)

    hub.private = False
    with pytest.raises(InputError, match=r"^--private: me/toy is there already and is public"):
        pushed(toy_run, networks=(str(TICKET),), private=True, out=out)


def test_a_hub_that_fails_is_one_line_and_the_same_command_goes_on(
    toy_run: Path, tmp_path: Path, hub: LocalHub
) -> None:
    hub.fails_once = True
    options: dict[str, Any] = {"networks": (str(TICKET),), "out": tmp_path / "out"}
    with pytest.raises(JobError, match=r"^me/toy: the Hugging Face hub did not take it") as caught:
        pushed(toy_run, **options)
    assert "\n" not in str(caught.value)
    pushed(toy_run, **options)
    assert hub.files is not None
    assert f"{TICKET}/model.safetensors" in hub.files
    hub.changes = True
    (tmp_path / "out" / "README.md").unlink()
    hub.files.clear()
    with pytest.raises(JobError, match=r"^me/toy: the hub has another .* than was sent"):
        pushed(toy_run, **options)


def test_without_a_token_nothing_is_written(
    toy_run: Path, tmp_path: Path, hub: LocalHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    import huggingface_hub

    monkeypatch.setattr(huggingface_hub, "get_token", lambda: None)
    with pytest.raises(InputError, match=r"^push: there is no token of the Hugging Face hub here"):
        pushed(toy_run, out=tmp_path / "out")
    assert hub.files is None
    assert not (tmp_path / "out").exists()


# ----------------------------------------------------------------------------- a dissection


def test_of_a_dissection_only_tables_and_a_card_are_pushed(tmp_path: Path, hub: LocalHub) -> None:
    run = Run(tmp_path / "given")
    write_sealed(run.config, described(ONE_VARIANT, {"base": "opus"}, None))
    label = {"arm": "int8", "replicate": 0, "level": 1}
    counts = dict.fromkeys((c.name for c in QUALITY.columns if c.kind == "whole"), 0)
    network = dict.fromkeys(QUALITY.names, 0.0) | counts | label
    scored = {"test_set": "test", "metric": "bleu", "signature": "x", "better": "higher"}
    scores = [{**network, **scored, "value": 2.5}]
    texts = {column.name: "x" for column in NETWORKS.columns if column.kind == "text"}
    sizes = dict.fromkeys(NETWORKS.names, 1) | texts | label | {"directory": "/me/secret/int8"}
    written = [
        write_table(run.root, QUALITY, scores, ONE_VARIANT.cast),
        write_table(run.root, NETWORKS, [sizes], ONE_VARIANT.cast),
    ]
    write_sealed(run.checksums, {}, written)
    pushed(run.root, out=tmp_path / "out")
    assert hub.files is not None
    assert set(hub.files) == {"README.md", "run.json", "tables/quality.csv", "tables/networks.csv"}
    assert hub.kind == "datasets"
    assert b"secret" not in b"".join(hub.files.values())
    assert b",int8," in hub.files["tables/networks.csv"]
    card = hub.files["README.md"].decode()
    assert metadata(card) == {
        "license": "cc-by-nc-4.0",
        "language": ["en", "de"],
        "tags": ["ticketscope"],
    }
    assert "| `replicate-0/int8/level-01` | 0.0% | 2.5 [0.0, 0.0] |" in card
    with pytest.raises(InputError, match=r"^--networks \*: others made the networks"):
        pushed(run.root, networks=("*",), dry_run=True)


# ----------------------------------------------------------------------------- one line


WRONG: dict[str, tuple[Publication, dict[str, Any], str]] = {
    "no licence": (Publication("me/toy", ""), {}, "push: give --license, under which you publish"),
    "no identifier": (Publication("me/toy", "My Licence"), {}, "--license My Licence: give an"),
    "no repository": (Publication("toy", "mit"), {}, "--repo toy: give an id of the Hugging Face"),
    "no base": (
        Publication("me/toy", "mit", "a/b"),
        {},
        "--base-model a/b: {root} did not start from a pretrained network; leave it out",
    ),
    "no id of a base": (Publication("me/toy", "mit", "b"), {}, "--base-model b: give an id of"),
    "no network": (
        TO,
        {"networks": ("*/level-02", "*/level-09")},
        "--networks */level-09: {root} has no such network; it has replicate-1/random_pruning/",
    ),
}


@pytest.mark.parametrize(("to", "options", "words"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_pushed_is_one_line(
    to: Publication, options: dict[str, Any], words: str, toy_run: Path
) -> None:
    with pytest.raises(InputError) as caught:
        pushed(toy_run, to, dry_run=True, **options)
    assert str(caught.value).startswith(words.format(root=toy_run))
    assert "\n" not in str(caught.value)


def alter(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1] + b"?")


HARMS: dict[str, tuple[Callable[[Path], object], str]] = {
    "unfinished": (lambda run: (run / "checksums.json").unlink(), "{root}: is not finished;"),
    "weights": (
        lambda run: alter(Run(run).level(TICKET).ticket / "model.safetensors"),
        "{root}/replicate-0/lr_rewinding/level-02/ticket/model.safetensors: truncated or altered",
    ),
    "table": (
        lambda run: alter(run / "tables" / "speed.csv"),
        "{root}/tables/speed.csv: truncated or altered",
    ),
    "no mask": (
        lambda run: Run(run).level(TICKET).masks.unlink(),
        "{root}/replicate-0/lr_rewinding/level-02/masks.safetensors: missing",
    ),
}


@pytest.mark.parametrize(("harm", "words"), HARMS.values(), ids=HARMS)
def test_an_unfinished_or_damaged_run_is_not_pushed(
    harm: Callable[[Path], object], words: str, run: Path, tmp_path: Path
) -> None:
    harm(run)
    with pytest.raises((InputError, JobError)) as caught:
        pushed(run, out=tmp_path / "out", dry_run=True)
    assert str(caught.value).startswith(words.format(root=run))
    assert not (tmp_path / "out").exists()
