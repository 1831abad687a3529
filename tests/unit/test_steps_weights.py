"""The table of weights against direct computations on a run made without training."""

import csv
import io
import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from itertools import combinations
from math import comb
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from cast_fixture import CAST

from ticketscope.arms.dense import DENSE
from ticketscope.config import Connectivity, Experiment, Lottery
from ticketscope.errors import JobError
from ticketscope.files import read_json, write_json
from ticketscope.lottery.lineage import planned_levels
from ticketscope.networks import model
from ticketscope.networks.folder import ModelFolder
from ticketscope.networks.masks import Mask
from ticketscope.runs.store import LevelId, Run, dense_of
from ticketscope.steps.bench import Bench
from ticketscope.steps.weights.step import MaskOverlap, Sparsity, Weights
from ticketscope.tables.table import SPARSITIES
from ticketscope.tables.weights import SPARSITY
from ticketscope.tables.weights import WEIGHTS as TABLE
from ticketscope.tables.written import to_csv
from toy import toy_experiment

ARMS = ("lr_rewinding", "dense_continued", "random_pruning")
TICKET = LevelId(0, "lr_rewinding", 1)
IDENTICAL = LevelId(0, "dense_continued", 1)  # to the dense model
DEEPEST = LevelId(1, "random_pruning", 2)
FC1 = "model.encoder.layers.0.fc1.weight"
PLACE = ("module", "layer", "block", "projection")
OF_FC1 = {"module": "encoder", "layer": 1, "block": "feed_forward", "projection": "fc1"}
SPECTRAL = {"pcs_50", "pcs_80", "pcs_90", "pcs_99", "participation_ratio", "effective_rank"}


def experiment_with(**settings: Any) -> Experiment:
    lottery = {"arms": ARMS, "replicates": 2, "levels": 2, **settings}
    unmeasured = Connectivity(num_sentences=0)
    return toy_experiment(Path("unused"), lottery=Lottery(**lottery), connectivity=unmeasured)


EXPERIMENT = experiment_with()
LEVELS = planned_levels(EXPERIMENT.lottery)


def make_run(root: Path, experiment: Experiment) -> Run:
    """Tickets of random weights; levels are nested, and FC1 loses a row and two columns."""
    run = Run(root)
    masks: dict[tuple[int, str], Mask] = {}
    for number, level in enumerate(planned_levels(experiment.lottery)):
        network = model.build(experiment.model, 80, seed=level.replicate)
        generator = torch.Generator().manual_seed(number)
        tensors = model.parameters(network)
        mask = Mask.dense(model.prunable(tensors, embeddings=experiment.lottery.prune_embeddings))
        if level.arm in ("lr_rewinding", "random_pruning"):
            above = masks[level.replicate, level.arm] if level.level > 1 else mask
            mask = pruned(above, generator)
            masks[level.replicate, level.arm] = mask
            move(tensors, mask, generator)
        store(run, level, network, mask)
    return run


def pruned(mask: Mask, generator: torch.Generator) -> Mask:
    kept = {
        name: part & (torch.rand(part.shape, generator=generator) < 0.7)
        for name, part in mask.kept.items()
    }
    kept[FC1][3] = False
    kept[FC1][:, 4:6] = False
    return Mask(kept)


@torch.no_grad()
def move(tensors: dict[str, torch.Tensor], mask: Mask, generator: torch.Generator) -> None:
    for name, tensor in tensors.items():
        tensor += 0.1 * torch.randn(tensor.shape, generator=generator)
        if name in mask.kept:
            tensor[~mask.kept[name]] = 0.0


def store(run: Run, level: LevelId, network: Any, mask: Mask) -> None:
    folder = run.level(level)
    model.save(network, folder.ticket, {"max_length": 20})
    mask.save(folder.masks)
    folder.mark_done({})


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run that was measured; not to be changed."""
    run = make_run(tmp_path_factory.mktemp("weights") / "run", EXPERIMENT)
    measure(run, LEVELS)
    return run


def measure(run: Run, levels: Sequence[LevelId], experiment: Experiment = EXPERIMENT) -> bool:
    """Do both steps on some networks; returns whether anything was measured now."""
    bench = Bench.of(run.root, experiment)
    done = [
        step.do(level, bench)
        for level in levels
        for step in (Weights(), MaskOverlap())
        if level in step.subjects(bench)
    ]
    return any(done)


def rows(run: Run, experiment: Experiment = EXPERIMENT) -> list[dict[str, Any]]:
    return list(Weights().rows(Bench.of(run.root, experiment))["weights"])


@pytest.fixture
def run(finished: Run, tmp_path: Path) -> Run:
    """A copy of it that may be changed."""
    shutil.copytree(finished.root, tmp_path / "copy")
    return Run(tmp_path / "copy")


@pytest.fixture(scope="module")
def table(finished: Run) -> list[dict[str, Any]]:
    return rows(finished)


def find(table: list[dict[str, Any]], **cells: Any) -> dict[str, float]:
    """Values by measure of the rows with these cells."""
    those = [row for row in table if all(row[key] == cell for key, cell in cells.items())]
    found = {row["measure"]: row["value"] for row in those}
    assert len(found) == len(those), "one row per measure"
    return found


def other(level: LevelId | None) -> dict[str, Any]:
    return {
        "other_arm": level and level.arm,
        "other_replicate": level and level.replicate,
        "other_level": level and level.level,
    }


def tensors_of(run: Run, level: LevelId) -> dict[str, np.ndarray]:
    return {
        name: tensor.numpy().astype(np.float64)
        for name, tensor in ModelFolder(run.level(level).ticket).weights().items()
    }


def kept_in(run: Run, level: LevelId) -> dict[str, np.ndarray]:
    return {name: kept.numpy() for name, kept in Mask.load(run.level(level).masks).kept.items()}


# ----------------------------------------------------------------------------- spectra


def entropy_rank(matrix: np.ndarray) -> float:
    shares = np.linalg.eigvalsh(matrix @ matrix.T).clip(1e-300)
    shares /= shares.sum()
    return float(np.exp(-np.sum(shares * np.log(shares))))


def test_spectrum_of_a_projection(finished: Run, table: list[dict[str, Any]]) -> None:
    matrix = tensors_of(finished, TICKET)[FC1]
    found = find(table, level_id=TICKET, **OF_FC1, head=None, **other(None))
    assert found.keys() == SPECTRAL | {"top_singular_value", "dead_rows", "dead_columns"}
    gram = matrix @ matrix.T
    assert found["top_singular_value"] == pytest.approx(np.linalg.eigvalsh(gram)[-1] ** 0.5)
    assert found["participation_ratio"] == pytest.approx(np.trace(gram) ** 2 / np.sum(gram**2))
    assert found["effective_rank"] == pytest.approx(entropy_rank(matrix))
    shares = np.cumsum(np.linalg.eigvalsh(gram)[::-1]) / np.trace(gram)
    for percent in (50, 80, 90, 99):
        assert found[f"pcs_{percent}"] == np.argmax(shares >= percent / 100) + 1


def test_heads_are_rows_of_q_k_v_and_columns_of_out(
    finished: Run, table: list[dict[str, Any]]
) -> None:
    tensors = tensors_of(finished, TICKET)
    for block, part in {"self_attention": "self_attn", "cross_attention": "encoder_attn"}.items():
        for projection in ("q", "v", "out"):
            matrix = tensors[f"model.decoder.layers.0.{part}.{projection}_proj.weight"]
            for head in (0, 1):
                mine = slice(8 * head, 8 * head + 8)
                found = find(
                    table,
                    level_id=TICKET,
                    module="decoder",
                    block=block,
                    projection=projection,
                    head=head,
                )
                expected = matrix[:, mine] if projection == "out" else matrix[mine]
                assert found == {"effective_rank": pytest.approx(entropy_rank(expected.T))}


def test_every_weight_matrix_is_there_once_and_nothing_else(table: list[dict[str, Any]]) -> None:
    attention = [
        (module, block, projection)
        for module, block in (
            ("encoder", "self_attention"),
            ("decoder", "self_attention"),
            ("decoder", "cross_attention"),
        )
        for projection in ("q", "k", "v", "out")
    ]
    feed_forward = [(m, "feed_forward", p) for m in ("encoder", "decoder") for p in ("fc1", "fc2")]
    matrices = [(m, 1, b, p) for m, b, p in attention + feed_forward]
    matrices.append(("shared", None, "embedding", ""))
    for level in LEVELS:
        ours = [row for row in table if row["level_id"] == level]
        top = [row for row in ours if row["measure"] == "top_singular_value"]
        assert Counter(tuple(row[key] for key in PLACE) for row in top) == Counter(matrices)
        by_head = [row for row in ours if row["head"] is not None]
        assert Counter((r["module"], r["block"], r["projection"]) for r in by_head) == Counter(
            2 * attention
        )
        assert {row["measure"] for row in by_head} == {"effective_rank"}


def test_dead_rows_and_columns_are_those_of_the_mask(table: list[dict[str, Any]]) -> None:
    assert find(table, level_id=TICKET, **OF_FC1)["dead_rows"] == 1
    assert find(table, level_id=TICKET, **OF_FC1)["dead_columns"] == 2
    assert find(table, level_id=dense_of(0), **OF_FC1)["dead_rows"] == 0
    embedding = find(table, level_id=TICKET, block="embedding", **other(None))
    assert embedding.keys() == SPECTRAL | {"top_singular_value"}  # has no mask in this run


def test_where_embeddings_are_pruned_they_have_a_mask(tmp_path: Path) -> None:
    experiment = experiment_with(prune_embeddings=True, replicates=1, arms=("lr_rewinding",))
    run = make_run(tmp_path, experiment)
    second = LevelId(0, "lr_rewinding", 2)
    measure(run, planned_levels(experiment.lottery), experiment)
    table = rows(run, experiment)
    found = find(table, level_id=second, block="embedding", **other(None))
    assert {"dead_rows", "dead_columns"} <= found.keys()
    ours, theirs = (kept_in(run, level)["model.shared.weight"] for level in (second, TICKET))
    found = find(table, level_id=second, block="embedding", **other(TICKET))
    assert found["mask_jaccard"] == ours.sum() / theirs.sum()


# ----------------------------------------------------------------------------- distances


def test_distances_are_from_the_dense_model_of_the_replicate(
    finished: Run, table: list[dict[str, Any]]
) -> None:
    for level in (TICKET, DEEPEST):
        dense = dense_of(level.replicate)
        ours, theirs = tensors_of(finished, level), tensors_of(finished, dense)
        moved = ours[FC1] - theirs[FC1]
        assert find(table, level_id=level, **OF_FC1, **other(dense)) == {
            "l1_distance": pytest.approx(np.abs(moved).sum()),
            "l2_distance": pytest.approx(np.linalg.norm(moved)),
        }
        everything = np.concatenate([(ours[name] - theirs[name]).ravel() for name in ours])
        assert everything.size == sum(
            p.numel() for p in model.parameters(model.build(EXPERIMENT.model, 80, 0)).values()
        )
        assert find(table, level_id=level, module=None, **other(dense)) == {
            "l1_distance": pytest.approx(np.abs(everything).sum()),
            "l2_distance": pytest.approx(np.linalg.norm(everything)),
        }


def test_identical_tickets_have_distance_0(table: list[dict[str, Any]]) -> None:
    those = [r for r in table if r["level_id"] == IDENTICAL and r["other_arm"] is not None]
    assert Counter(row["measure"] for row in those) == {"l1_distance": 18, "l2_distance": 18}
    assert {row["other_arm"] for row in those} == {DENSE}
    assert {row["value"] for row in those} == {0.0}


def test_the_dense_model_is_compared_with_nothing(table: list[dict[str, Any]]) -> None:
    assert {row["other_arm"] for row in table if row["level_id"] == dense_of(1)} == {None}


# ----------------------------------------------------------------------------- masks


def test_each_pair_of_masks_that_differs_in_one_respect_comes_once(
    table: list[dict[str, Any]],
) -> None:
    tickets = [level for level in LEVELS if level.arm in ("lr_rewinding", "random_pruning")]
    expected = Counter(
        frozenset((a, b))
        for a, b in combinations(tickets, 2)
        if (a.replicate != b.replicate) + (a.arm != b.arm) + (a.level != b.level) == 1
    )
    for measure in ("mask_jaccard", "mask_jaccard_chance"):
        for place in ({"module": None}, OF_FC1):
            found = Counter(
                frozenset(
                    (
                        row["level_id"],
                        LevelId(row["other_replicate"], row["other_arm"], row["other_level"]),
                    )
                )
                for row in table
                if row["measure"] == measure
                and all(row[key] == cell for key, cell in place.items())
            )
            assert found == expected


def expected_by_chance(num_weights: int, num_ours: int, num_theirs: int) -> float:
    """E |both| / |either| of masks that keep as many, summed over the hypergeometric law."""
    return sum(
        comb(num_ours, both)
        * comb(num_weights - num_ours, num_theirs - both)
        / comb(num_weights, num_theirs)
        * (both / (num_ours + num_theirs - both))
        for both in range(min(num_ours, num_theirs) + 1)
    )


def test_overlap_of_masks(finished: Run, table: list[dict[str, Any]]) -> None:
    others = [LevelId(0, "random_pruning", 2), LevelId(1, "lr_rewinding", 2)]
    others.append(LevelId(1, "random_pruning", 1))
    for partner in others:
        ours, theirs = kept_in(finished, DEEPEST), kept_in(finished, partner)
        found = find(table, level_id=DEEPEST, **OF_FC1, **other(partner))
        mine, its = ours[FC1], theirs[FC1]
        assert found["mask_jaccard"] == np.sum(mine & its) / np.sum(mine | its)
        assert found["mask_jaccard_chance"] == pytest.approx(
            expected_by_chance(mine.size, int(mine.sum()), int(its.sum())), abs=1e-4
        )
        both = sum(np.sum(ours[name] & theirs[name]) for name in ours)
        either = sum(np.sum(ours[name] | theirs[name]) for name in ours)
        found = find(table, level_id=DEEPEST, module=None, **other(partner))
        assert found["mask_jaccard"] == both / either  # biases are in it
        assert not any(row["block"] == "layer_norm" for row in table)


def test_a_mask_overlaps_itself_fully(run: Run) -> None:
    twin = LevelId(1, TICKET.arm, TICKET.level)
    shutil.rmtree(run.level(twin).path)
    shutil.copytree(run.level(TICKET).path, run.level(twin).path)
    measure(run, [twin])
    overlaps = [row for row in rows(run) if row["measure"] == "mask_jaccard"]
    of_twin = [row for row in overlaps if row["level_id"] == twin]
    same = [row["value"] for row in of_twin if row["other_arm"] == twin.arm]
    assert same == [1.0] * (1 + 16)


# ----------------------------------------------------------------------------- sparsity


def test_sparsity_of_every_tensor_and_head_is_counted_in_the_mask(finished: Run) -> None:
    found = pd.DataFrame(Sparsity().rows(Bench.of(finished.root, EXPERIMENT))["sparsity"])
    assert list(found.columns) == ["level_id", *(column.name for column in SPARSITY.own)]
    ours = found[found.level_id == TICKET]
    kept = kept_in(finished, TICKET)
    whole = ours[ours["head"].isna()]
    assert len(whole) == len(kept)
    assert whole.num_pruned.sum() == sum(np.sum(~part) for part in kept.values())
    assert whole.num_weights.sum() == sum(part.size for part in kept.values())
    assert (ours.sparsity == ours.num_pruned / ours.num_weights).all()
    place = {"module": "decoder", "block": "cross_attention", "kind": "weight"}
    cross = ours[(ours[list(place)] == pd.Series(place)).all(axis=1)]
    part = kept["model.decoder.layers.0.encoder_attn.out_proj.weight"]
    of_heads = cross[(cross.projection == "out") & cross["head"].notna()]
    assert list(of_heads["head"]) == [0, 1]
    assert list(of_heads.num_pruned) == [np.sum(~part[:, :8]), np.sum(~part[:, 8:])]
    untouched = found[found.level_id.isin([dense_of(0), IDENTICAL])]
    assert set(untouched.num_pruned) == {0}


# ----------------------------------------------------------------------------- resuming


def results_of(run: Run) -> dict[str, bytes]:
    folder = run.root / "analysis"
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_what_is_measured_is_not_measured_again(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("measured again")

    for name in ("singular_values", "distance", "overlap"):
        monkeypatch.setattr(f"ticketscope.measures.weights.{name}", never)
    wider = experiment_with(replicates=5, levels=7)  # a run that is extended keeps what it has
    assert not measure(run, LEVELS)
    assert not measure(run, LEVELS, wider)


@pytest.mark.parametrize("step", [Weights.name, MaskOverlap.name])
def test_a_damaged_result_is_measured_again_to_the_same_bytes(run: Run, step: str) -> None:
    before = results_of(run)
    assert f"{step}/{DEEPEST}.json" in before
    path = run.analysis(step, DEEPEST)
    stored = read_json(path)
    stored["result"][next(iter(stored["result"]))] = {}
    write_json(path, stored)
    assert results_of(run) != before
    assert measure(run, [DEEPEST])
    assert results_of(run) == before


def test_a_ticket_or_one_it_is_compared_with_that_changed_is_measured_again(run: Run) -> None:
    for level in (DEEPEST, dense_of(1), LevelId(0, "random_pruning", 2)):
        before = results_of(run)
        tensors = Mask.load(run.level(level).masks)
        network = model.build(EXPERIMENT.model, 80, seed=77)
        generator = torch.Generator().manual_seed(99)
        store(run, level, network, pruned(tensors, generator))
        measure(run, [DEEPEST])
        changed = {name for name, content in results_of(run).items() if content != before[name]}
        steps = {
            DEEPEST: (Weights.name, MaskOverlap.name),
            dense_of(1): (Weights.name,),
        }.get(level, (MaskOverlap.name,))
        assert changed == {f"{step}/{DEEPEST}.json" for step in steps}


def in_another_order(folder: ModelFolder) -> dict[str, torch.Tensor]:
    return dict(reversed(WEIGHTS(folder).items()))


WEIGHTS = ModelFolder.weights


def test_the_table_repeats_to_the_byte(
    finished: Run, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(run.root / "analysis")
    monkeypatch.setattr(ModelFolder, "weights", in_another_order)
    measure(run, LEVELS[::-1])
    first, second = (
        to_csv(TABLE, (_with_network(row) for row in rows(each)), CAST) for each in (finished, run)
    )
    assert first == second
    row = next(csv.DictReader(io.StringIO(first)))
    assert row["value"]


def _with_network(row: dict[str, Any]) -> dict[str, Any]:
    """The row with what every table of networks begins with; sparsities are no matter here."""
    level = row.pop("level_id")
    return asdict(level) | dict.fromkeys(SPARSITIES, 0.5) | row


def test_columns_are_the_cells_of_a_row(table: list[dict[str, Any]]) -> None:
    needed = (column.name for column in TABLE.own if column.name not in ("lower", "upper"))
    assert {tuple(row) for row in table} == {("level_id", *needed)}


# ----------------------------------------------------------------------------- what is refused


def test_weights_that_are_not_finite_are_named(tmp_path: Path) -> None:
    run = Run(tmp_path)
    network = model.build(EXPERIMENT.model, 80, seed=0)
    tensors = model.parameters(network)
    with torch.no_grad():
        tensors[FC1][2, 2] = float("nan")
    store(run, dense_of(0), network, Mask.dense(model.prunable(tensors, embeddings=False)))
    with pytest.raises(JobError, match=rf"ticket: {FC1} has a weight that is not finite: .* lower"):
        measure(run, [dense_of(0)])
    assert not (run.root / "analysis").exists()


@pytest.mark.parametrize("level", [DEEPEST, dense_of(1), LevelId(0, "random_pruning", 2)])
def test_an_altered_file_is_named(run: Run, level: LevelId) -> None:
    shutil.rmtree(run.root / "analysis")
    file = run.level(level).masks
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(JobError, match=f"^{file}: truncated or altered"):
        measure(run, [DEEPEST])
