"""The main job end to end, through the command line, on the toy language pair."""

import csv
import gzip
import json
import math
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from forked import ticketscope
from ticketscope.corpus.encoded import EncodedCorpus
from ticketscope.lottery.lineage import planned_levels
from ticketscope.lottery.starts import training_seed
from ticketscope.lottery.training import order_seed
from ticketscope.networks.batches import Sampler, collate, longer_side
from ticketscope.networks.folder import ModelFolder
from ticketscope.networks.masks import Mask
from ticketscope.networks.network import Network
from ticketscope.runs.costs import stage_costs
from ticketscope.runs.stages import CORPUS, REPORT, TABLES, TRAIN
from ticketscope.runs.store import LevelId, Run
from ticketscope.steps import STEPS, all_tables
from ticketscope.steps.results import read_result
from ticketscope.study.opened_run import open_run
from ticketscope.tables.table import NAMES_OF_NETWORKS, NotMeasured
from ticketscope.tables.typed import read_table
from toy_run import toml_of, tree_of

ARMS = ("lr_rewinding", "dense_continued", "random_pruning")
FIRST = [
    "arm",
    "replicate",
    "level",
    "sparsity_prunable",
    "sparsity_total",
    "sparsity_non_embedding",
]


@pytest.fixture(scope="module")
def finished(toy_run: Path) -> Run:
    """A run of the toy experiment: 2 replicates, 2 levels, three arms."""
    return Run(toy_run)


def _rows(run: Run, table: str) -> list[dict[str, str]]:
    with (run.tables / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _levels() -> list[LevelId]:
    arms = [LevelId(r, arm, level) for r in (0, 1) for level in (1, 2) for arm in ARMS]
    return [LevelId(0, "dense", 0), LevelId(1, "dense", 0), *arms]


def planned(run: Run) -> list[LevelId]:
    return planned_levels(open_run(run.root).study.lottery)


def test_run_directory_as_promised(finished: Run) -> None:
    for level in _levels():
        folder = finished.level(level)
        names = sorted(path.name for path in folder.path.iterdir())
        assert names == ["DONE", "masks.safetensors", "ticket", "training.jsonl"]
        ticket = {path.name for path in folder.ticket.iterdir()}
        assert {"config.json", "model.safetensors", "source.spm", "target.spm"} <= ticket
        assert {"vocab.json", "README.md", "generation_config.json"} <= ticket
    for name in ("config.json", "report.html", "corpus/corpus.json", "views/corpus.json"):
        assert (finished.root / name).is_file()
    assert not list(finished.root.rglob("*partial*"))


def test_levels_prune_exactly_and_are_nested(finished: Run) -> None:
    for replicate in (0, 1):
        above = Mask.load(finished.level(LevelId(replicate, "dense", 0)).masks)
        assert above.num_pruned == 0
        for arm in ("lr_rewinding", "random_pruning"):
            parent = above
            for level in (1, 2):
                folder = finished.level(LevelId(replicate, arm, level))
                mask, weights = Mask.load(folder.masks), ModelFolder(folder.ticket).weights()
                kept_before = parent.num_weights - parent.num_pruned
                assert mask.num_pruned - parent.num_pruned == int(kept_before * 0.36 + 0.5)
                assert mask.within(parent)
                for name, kept in mask.kept.items():
                    assert not weights[name][~kept].any()
                parent = mask
        control = finished.level(LevelId(replicate, "dense_continued", 2))
        assert Mask.load(control.masks).num_pruned == 0


def test_magnitude_pruning_takes_the_smallest_of_the_parent(finished: Run) -> None:
    dense = ModelFolder(finished.level(LevelId(0, "dense", 0)).ticket).weights()
    mask = Mask.load(finished.level(LevelId(0, "lr_rewinding", 1)).masks)
    pruned = max(float(dense[n][~k].abs().max()) for n, k in mask.kept.items() if not k.all())
    kept = min(float(dense[n][k].abs().min()) for n, k in mask.kept.items() if k.any())
    assert pruned <= kept


def test_replicates_differ_and_arms_share_their_start(finished: Run) -> None:
    dense = [ModelFolder(finished.level(LevelId(r, "dense", 0)).ticket).weights() for r in (0, 1)]
    assert all(bool((dense[0][n] != dense[1][n]).any()) for n in dense[0] if "norm" not in n)
    digests = {finished.level(LevelId(0, arm, 1)).facts()["parent"] for arm in ARMS}
    assert digests == {finished.level(LevelId(0, "dense", 0)).digest()}


def test_levels_train_the_rewound_stretch(finished: Run) -> None:
    for level in _levels():
        facts = finished.level(level).facts()
        expected = (24, 0) if level.arm == "dense" else (12, 12)
        assert (facts["num_updates"], facts["first_update"]) == expected


def test_quality_table(finished: Run) -> None:
    rows = _rows(finished, "quality")
    assert list(rows[0])[:6] == FIRST
    assert list(rows[0])[6:10] == ["test_set", "metric", "value", "lower"]
    keys = {(r["arm"], r["replicate"], r["level"], r["test_set"], r["metric"]) for r in rows}
    assert len(keys) == len(rows) == 14 * (2 * 5 + 2)
    for row in rows:
        assert float(row["lower"]) <= float(row["upper"])
        assert row["signature"]
        has_dense, has_control = row["difference_dense"] != "", row["difference_control"] != ""
        assert has_dense == (row["arm"] != "dense")
        assert has_control == (row["arm"] in ("lr_rewinding", "random_pruning"))
    by_key = {(r["arm"], r["replicate"], r["level"], r["test_set"], r["metric"]): r for r in rows}
    ours = by_key["lr_rewinding", "1", "2", "test", "loss"]
    control = by_key["dense_continued", "1", "2", "test", "loss"]
    dense = by_key["dense", "1", "0", "test", "loss"]
    for name, other in (("control", control), ("dense", dense)):
        difference = float(ours["value"]) - float(other["value"])
        assert float(ours[f"difference_{name}"]) == pytest.approx(difference, abs=1e-12)


def test_sparsity_table_adds_up(finished: Run) -> None:
    rows = [r for r in _rows(finished, "sparsity") if r["replicate"] == "0"]
    for level in _levels():
        if level.replicate:
            continue
        mine = [r for r in rows if (r["arm"], r["level"]) == (level.arm, str(level.level))]
        facts = finished.level(level).facts()
        tensors = [r for r in mine if r["head"] == ""]
        assert sum(int(r["num_pruned"]) for r in tensors) == facts["num_pruned"]
        assert sum(int(r["num_weights"]) for r in tensors) == facts["num_prunable"]
        assert float(tensors[0]["sparsity_prunable"]) == pytest.approx(
            facts["num_pruned"] / facts["num_prunable"]
        )
        for tensor in tensors:
            key = ("module", "layer", "block", "projection", "kind")
            parts = [r for r in mine if r["head"] and all(r[k] == tensor[k] for k in key)]
            assert len(parts) in (0, 2)
            if parts:
                total = sum(int(r["num_pruned"]) for r in parts)
                assert total == int(tensor["num_pruned"])


def test_what_trainings_took_is_counted_as_the_trainer_counts(finished: Run) -> None:
    study = open_run(finished.root).study
    split = EncodedCorpus(finished.corpus).split("train")
    rows = {(row["arm"], row["replicate"], row["level"]): row for row in _rows(finished, "compute")}
    for level in planned(finished):
        row = rows[level.arm, str(level.replicate), str(level.level)]
        frame = Network.from_directory(finished.level(level).ticket).tokenizer.frame
        seed = order_seed(training_seed(study, level))
        sampler = Sampler(longer_side(split), max_tokens=study.batches.max_tokens, seed=seed)
        batches = [collate(split, sampler.next(), frame) for _ in range(int(row["updates"]))]
        assert int(row["updates"]) == (12 if level.level else 24)
        assert int(row["target_tokens"]) == sum(batch.num_tokens for batch in batches)
        sources = sum(int(batch.source_mask_BS.sum()) for batch in batches)
        assert int(row["source_tokens"]) == sources
    in_all = rows["lr_rewinding", "0", "2"]
    parts = (("dense", "0"), ("lr_rewinding", "1"), ("lr_rewinding", "2"))
    for name in ("updates", "target_tokens", "operations"):
        expected = sum(int(rows[arm, "0", level][name]) for arm, level in parts)
        assert int(in_all[f"{name}_in_all"]) == expected


def test_tables_of_representations_and_weights(finished: Run) -> None:
    for table in ("similarity", "complexity", "weights"):
        rows = _rows(finished, table)
        tickets = {(row["arm"], row["replicate"], row["level"]) for row in rows}
        assert len(tickets) == 14, table
        assert all(math.isfinite(float(row["value"])) for row in rows)
    barriers = [row for row in _rows(finished, "weights") if row["measure"] == "barrier_share"]
    ends = [(row["level"], row["other_level"]) for row in barriers if row["arm"] == "lr_rewinding"]
    assert sorted(ends) == sorted([("1", "0"), ("2", "0"), ("2", "1")] * 2)
    dense = [row["value"] for row in _rows(finished, "weights") if row["measure"] == "path_loss_0"]
    assert len(dense) > len(set(dense)), "every arm starts at the same dense model"
    neurons = _rows(finished, "neurons")
    assert all(0 <= int(row["num_matched"]) <= int(row["num_neurons"]) == 16 for row in neurons)
    layers = {row["layer"] for row in _rows(finished, "similarity")}
    assert layers == {"0", "1"}
    view = json.loads((finished.views / "representations.json").read_text(encoding="utf-8"))
    assert [each["num_without_piece"] for each in view["replicates"]] == [0, 0]


def test_tables_of_attention_and_claims(finished: Run) -> None:
    rows = _rows(finished, "attention")
    assert len({(row["arm"], row["replicate"], row["level"]) for row in rows}) == 14
    assert {row["kind"] for row in rows} == {"encoder_self", "decoder_self", "encoder_decoder"}
    assert all(math.isfinite(float(row["value"])) for row in rows)
    of_seeds = [row for row in rows if row["other_replicate"] not in ("", row["replicate"])]
    assert {row["measure"] for row in of_seeds} >= {"pearson_assigned", "cka"}
    view = json.loads((finished.views / "attention.json").read_text(encoding="utf-8"))
    assert len(view["replicates"]) == 2
    assert len(view["maps"]["sentences"]) == 10
    claims = _rows(finished, "claims")
    assert [(row["arm"], row["claim"]) for row in claims if row["statistic"] == "claim"] == [
        (arm, f"C{number}") for arm in ("lr_rewinding", "random_pruning") for number in range(6)
    ]


def test_every_translation_is_in_the_table_of_sentences(finished: Run) -> None:
    with gzip.open(
        finished.tables / "sentences.csv.gz", "rt", encoding="utf-8", newline=""
    ) as file:
        rows = list(csv.DictReader(file))
    corpus = EncodedCorpus(finished.corpus)
    num = sum(len(corpus.text(name).source) for name in corpus.test_sets)
    assert len(rows) == 14 * num
    level = LevelId(1, "lr_rewinding", 2)
    measured = read_result(finished.analysis("quality", level))["test_sets"]["other"]
    network = ("1", "lr_rewinding", "2", "other")
    columns = ("replicate", "arm", "level", "test_set")
    mine = [row for row in rows if tuple(row[name] for name in columns) == network]
    assert [row["translation"] for row in mine] == measured["translations"]
    assert [int(row["line"]) for row in mine] == list(range(1, len(mine) + 1))
    nats = sum(float(row["loss"]) * int(row["num_tokens"]) for row in mine)
    pieces = sum(int(row["num_tokens"]) for row in mine)
    [whole] = [
        row
        for row in _rows(finished, "quality")
        if row["metric"] == "loss" and tuple(row[name] for name in columns) == network
    ]
    assert nats / pieces == pytest.approx(float(whole["value"]), abs=1e-4)


def test_examples_are_the_sentences_as_the_corpus_has_them(finished: Run) -> None:
    view = json.loads((finished.views / "examples.json").read_text(encoding="utf-8"))
    arms = [(network["arm"], network["level"]) for network in view["networks"]]
    assert arms[0] == ("dense", 0)
    assert arms[-2:] == [("dense_continued", 2), ("lr_rewinding", 2)]
    assert view["networks"][-1]["control"] == len(arms) - 2
    assert sum(drawn["num_sentences"] for drawn in view["drawn"]) == len(view["sentences"])
    for side, kept in (("source", "source"), ("target", "reference")):
        text = [
            line
            for name in ("test", "other")
            for line in (finished.corpus / f"{name}.{side}.txt").read_text("utf-8").splitlines()
        ]
        assert [one[kept] for one in view["sentences"]] == text
    assert '<div class="examples">' in (finished.root / "report.html").read_text("utf-8")


def test_table_and_view_of_behaviour(finished: Run) -> None:
    rows = _rows(finished, "behaviour")
    assert len({(row["arm"], row["replicate"], row["level"]) for row in rows}) == 14
    assert {row["bucket_kind"] for row in rows} == {"phenomenon", "length", "rarity"}
    asked = [row for row in rows if row["metric"] == "accuracy"]
    assert {row["bucket"] for row in asked} == {"", "word", "order"}
    assert all(float(row["lower"]) <= float(row["value"]) <= float(row["upper"]) for row in asked)
    assert {row["test_set"] for row in rows} == {"own", "test", "other"}
    view = json.loads((finished.views / "behaviour.json").read_text(encoding="utf-8"))
    found = {(broken["level"], broken["test_set"]) for broken in view["tickets"]}
    assert found >= {(2, "test"), (2, "other")}


def test_a_gate_judges_it_by_the_rules_that_it_suggests(finished: Run, tmp_path: Path) -> None:
    """Also: the columns that a table names tell the rows of a network apart."""
    run = open_run(finished.root)
    for table in all_tables():
        found = read_table(finished.root, table, run.study.cast)
        if not isinstance(found, NotMeasured):
            of_networks = [name for name in NAMES_OF_NETWORKS if name in table.names]
            assert not found.duplicated([*of_networks, *table.keys]).any(), table.name
    rules, junit, page = (tmp_path / name for name in ("gate.toml", "gate.xml", "gate.md"))
    suggested = ticketscope("gate", str(finished.root), "--suggest")
    assert (suggested.returncode, suggested.stderr) == (0, "")
    rules.write_text(suggested.stdout)
    files = ["--junit", str(junit), "--markdown", str(page)]
    judged = ticketscope("gate", str(finished.root), "--rules", str(rules), *files)
    outcome = run.gate(rules)
    assert (judged.returncode, judged.stderr) == (outcome.exit_code, "")
    assert judged.returncode in (0, 3)
    assert {decision.network[:12] for decision in outcome.decisions} == {"lr_rewinding"}
    assert junit.read_text().count("<testcase") == len(outcome.decisions) >= 3
    assert page.read_text().count("| lr") == len(outcome.decisions)
    rules.write_text(
        suggested.stdout
        + "\n[rules.all]\n"
        + """
table = "quality"
where = { test_set = "test", metric = "bleu" }
at_least = 100
"""
    )
    assert ticketscope("gate", str(finished.root), "--rules", str(rules)).returncode == 1
    rules.write_text(rules.read_text().replace("at_least = 100", "at_leest = 100"))
    refused = ticketscope("gate", str(finished.root), "--rules", str(rules), *files)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "rule all: at_leest: unknown key; did you mean at_least?" in refused.stderr


def test_speed_table(finished: Run) -> None:
    rows = _rows(finished, "speed")
    dense = [row for row in rows if row["arm"] == "dense"]
    assert len(rows) == 14 * 2 * 2 + 2, "in batches and alone; each dense model in transformers too"
    assert [row["engine"] for row in dense].count("transformers-float32") == 2
    for row in rows:
        assert float(row["tokens_per_second"]) > 0
        if (row["arm"], row["engine"]) == ("dense", "ctranslate2-float32"):
            assert float(row["against_dense"]) == 1.0
    sizes = {row["engine"]: int(row["bytes"]) for row in rows}
    assert sizes["ctranslate2-int8"] < sizes["ctranslate2-float32"]


def test_a_second_run_changes_nothing(finished: Run) -> None:
    before = tree_of(finished.root, with_times=True)
    result = ticketscope("run", toml_of(finished.root), "--out", str(finished.root))
    assert result.returncode == 0, result.stderr
    levels = len(planned(finished))
    assert f"{levels} of {levels} levels are there already, 0 to do" in result.stdout
    prepared = {step.preparation for step in STEPS}
    of_their_own = {CORPUS, TABLES, REPORT, "all"} | prepared  # made before and after the others
    jobs = sum(cost.num_jobs for cost in stage_costs(finished) if cost.stage not in of_their_own)
    assert f"jobs done in this sitting: 0, there already: {jobs} of {jobs}" in result.stdout
    assert "train replicate" not in result.stdout
    assert tree_of(finished.root, with_times=True) == before


@pytest.mark.parametrize(
    ("settings", "tables", "steps", "num_remeasured"),
    [
        (
            ("quality.resamples=50", "representations.resamples=20"),
            ("quality", "complexity"),
            ("representations",),
            14,
        ),
        (
            ("quality.beam=1", "attention.num_words=100"),
            ("quality", "attention"),
            ("quality", "speed", "damage", "challenge", "attention"),
            14 + 2 + 14 + 14 + 14,
        ),
        (
            ("representations.decoder=true", "attention.importance_sentences=10"),
            ("similarity", "attention"),
            ("representations", "head_importance"),
            14 + 14,
        ),
    ],
)
def test_changing_analysis_settings_retrains_nothing(
    settings: tuple[str, ...],
    tables: tuple[str, ...],
    steps: tuple[str, ...],
    num_remeasured: int,
    finished: Run,
    tmp_path: Path,
) -> None:
    """Two sections at a time: what neither is about must not be measured again."""
    copy = tmp_path / "run"
    shutil.copytree(finished.root, copy)
    before = tree_of(copy, with_times=True)
    options = [part for setting in settings for part in ("--set", setting)]
    result = ticketscope("run", toml_of(finished.root), *options, "--out", str(copy))
    assert result.returncode == 0, result.stderr
    after = tree_of(copy, with_times=True)
    changed = {name for name in before if before[name] != after[name]}
    assert {f"tables/{table}.csv" for table in tables} <= changed
    assert not [name for name in changed if name.startswith(("replicate", "corpus"))]
    measured = {name for name in before if name.startswith("analysis/")}
    of_steps = {name for name in measured if Path(name).parts[1] in steps}
    assert len(of_steps) == num_remeasured
    assert measured & changed == of_steps


def test_a_run_can_be_extended(finished: Run, tmp_path: Path) -> None:
    copy = tmp_path / "run"
    shutil.copytree(finished.root, copy)
    before = tree_of(copy)
    settings = ("--set", "lottery.levels=3", "--set", "lottery.replicates=1")
    result = ticketscope("run", toml_of(finished.root), *settings, "--out", str(copy))
    assert result.returncode == 0, result.stderr
    after = tree_of(copy)
    assert all(after[name] == before[name] for name in before if name.startswith("replicate"))
    assert (copy / "replicate-0/random_pruning/level-03/DONE").is_file()


def test_another_training_config_is_refused(finished: Run) -> None:
    before = tree_of(finished.root, with_times=True)
    result = ticketscope(
        "run", toml_of(finished.root), "--set", "model.dropout=0.3",
        "--set", "training.updates=25", "--out", str(finished.root),
    )  # fmt: skip
    assert result.returncode == 2
    assert "model.dropout, training.updates" in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert tree_of(finished.root, with_times=True) == before


@pytest.mark.parametrize("harm", ["truncated", "altered"])
def test_a_damaged_ticket_is_named(harm: str, finished: Run, tmp_path: Path) -> None:
    copy = tmp_path / "run"
    shutil.copytree(finished.root, copy)
    victim = copy / "replicate-0/lr_rewinding/level-01/ticket/model.safetensors"
    content = bytearray(victim.read_bytes())
    if harm == "truncated":
        del content[-10:]
    else:
        content[-10] ^= 1
    victim.write_bytes(content)
    result = ticketscope("run", toml_of(finished.root), "--out", str(copy))
    assert result.returncode == 1
    assert str(victim) in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_show(finished: Run) -> None:
    result = ticketscope("show", str(finished.root))
    assert result.returncode == 0
    assert "not running" in result.stdout
    assert result.stdout.count("measured") >= len(planned(finished))


def test_every_stage_has_its_cost(finished: Run) -> None:
    costs = {cost.stage: cost for cost in stage_costs(finished)}
    corpus, *prepared, train = list(costs)[:4]
    assert (corpus, train) == (CORPUS, TRAIN)
    assert set(prepared) == {"minimal pairs", "challenge sets"}, "in either order: two workers"
    assert {TABLES, REPORT, "speed"} <= costs.keys()
    for stage in (TRAIN, "quality", "representations", "attention", "head_importance"):
        assert costs[stage].num_jobs == len(planned(finished))
    for cost in costs.values():
        assert cost.disk_bytes > 0, cost.stage
        assert cost.longest <= cost.seconds
    result = ticketscope("cost", str(finished.root))
    assert result.returncode == 0
    assert "head_importance" in result.stdout


def test_translate_streams(finished: Run) -> None:
    ticket = finished.level(LevelId(0, "dense", 0)).ticket
    lines = "one two three.\n\nfour five.\n"
    result = ticketscope("translate", str(ticket), input=lines)
    assert result.returncode == 0, result.stderr
    output = result.stdout.split("\n")
    assert len(output) == 4
    assert output[1] == output[3] == ""


def test_tickets_load_without_ticketscope(finished: Run, tmp_path: Path) -> None:
    """transformers and CTranslate2 alone, with ticketscope made impossible to import."""
    ticket = finished.level(LevelId(0, "lr_rewinding", 2)).ticket
    program = f"""
import sys
sys.modules["ticketscope"] = None
import warnings
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer
tokenizer = AutoTokenizer.from_pretrained({str(ticket)!r})
model = AutoModelForSeq2SeqLM.from_pretrained({str(ticket)!r})
output = model.generate(**tokenizer(["one two three."], return_tensors="pt"), max_new_tokens=9)
tokenizer.batch_decode(output, skip_special_tokens=True)
import ctranslate2
from ctranslate2.converters import TransformersConverter
TransformersConverter({str(ticket)!r}).convert({str(tmp_path / "ct2")!r})
translator = ctranslate2.Translator({str(tmp_path / "ct2")!r}, intra_threads=1)
pieces = tokenizer.convert_ids_to_tokens(tokenizer("one two three.")["input_ids"])
assert translator.translate_batch([pieces], max_decoding_length=9)[0].hypotheses
print(type(model).__name__, type(tokenizer).__name__)
"""
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.split() == ["M2M100ForConditionalGeneration", "MarianTokenizer"]


def test_config_json(finished: Run) -> None:
    stored = json.loads(finished.config.read_text(encoding="utf-8"))
    assert stored["schema"] == 1
    assert stored["config"]["lottery"]["replicates"] == 2
    assert len(stored["training_digest"]) == 64
    assert stored["versions"]["torch"]
