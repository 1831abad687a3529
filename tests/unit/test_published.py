"""The published figures that ticketscope ships: every one of them, and that they come along."""

import re
import tomllib
from importlib.resources import files
from pathlib import Path

import pandas as pd
import pytest

from tests_support import REPOSITORY
from ticketscope.annotation.tasks import TASKS as PROBING_TASKS
from ticketscope.report.published import study_tables
from ticketscope.report.published.study_tables import TABLES, labels, published, with_labels

PRUNABLE = (0, 0.2, 0.36, 0.488, 0.5904, 0.6723, 0.7379, 0.7903, 0.8322, 0.8658)
TOTAL = (0, 0.168, 0.302, 0.410, 0.496, 0.565, 0.620, 0.664, 0.70, 0.727)
ROUNDS = [name for name, columns in TABLES.items() if "level" in columns]
LOSSES = {
    ("brix2020", "dense"): {0: 26.8},
    ("brix2020", "magnitude pruning"): (26.4, 25.9, 25.7, 24.8, 22.9, 20.2, 15.8),
    ("brix2020", "lottery ticket, reset to the start"): (
        *(25.4, 24.9, 24.2, 23.2, 20.9, 18.1, 13.3),
    ),
    ("brix2020", "lottery ticket, reset to an early step"): (
        *(26.6, 26.4, 25.6, 24.8, 21.7, 17.4, 11.0),
    ),
    ("brix2020", "lottery ticket, constant with kept signs"): (
        *(26.7, 26.8, 26.2, 24.1, 21.6, 18.2, 14.6),
    ),
    ("brix2020", "lottery ticket, reset to an early step, then magnitude pruning"): (
        *(26.4, 26.4, 26.2, 25.6, 23.5, 20.5, 16.1),
    ),
    ("gale2019", "dense"): {0: 27.3},
    ("gale2019", "magnitude pruning"): (26.3, 25.9, 25.2, 24.7, 23.3, 20.8, 16.4),
    ("gale2019", "random pruning"): (24.6, 24.5, 24.0, 23.2, 20.7, 17.4, 10.9),
    ("renda2020", "dense"): {0: 26.9},
    ("renda2020", "learning-rate rewinding"): (26.9, 27.1, 26.9, 27.0, 27.0, 26.4, 25.2),
    ("renda2020", "fine-tuning"): (27.0, 27.1, 27.0, 26.8, 26.3, 25.6, 23.6),
    ("renda2020", "weight rewinding"): (26.4, 25.7, 25.2, 23.8, 23.0, 20.2, 15.1),
    ("yu2020", "dense"): {0: 29.2},
    ("yu2020", "lottery ticket"): {67: 28.9},
}
SPARSITIES = {
    "renda2020": (36, 59, 67, 79, 83, 89, 93),
    "brix2020": (50, 60, 70, 80, 90, 95, 98),
    "gale2019": (50, 60, 70, 80, 90, 95, 98),
}


def test_they_come_with_the_package() -> None:
    shipped = {path.name for path in (files("ticketscope") / "published").iterdir()}
    assert shipped == {f"{name}.csv" for name in TABLES}
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert wheel == {"packages": ["src/ticketscope"]}, "and nothing in it is left out"
    assert (REPOSITORY / "src/ticketscope/published/sources.csv").is_file()


@pytest.mark.parametrize("name", TABLES)
def test_every_figure_has_a_source_and_no_row_is_there_twice(name: str) -> None:
    table = published(name)
    assert len(table) > 0
    assert set(table["source"]) <= set(labels())
    assert not table.duplicated().any()
    assert with_labels(table)["whose"].str.match(r"published: \w.* 20\d\d$").all()


@pytest.mark.parametrize("name", ROUNDS)
def test_rounds_have_the_sparsities_of_the_study(name: str) -> None:
    levels = published(name)["level"]
    pairs = zip(
        published(name)["sparsity_prunable"], published(name)["sparsity_total"], strict=True
    )
    # One source rounds the last but one to .70, the other to .699.
    expected = [(PRUNABLE[level], pytest.approx(TOTAL[level], abs=1.1e-3)) for level in levels]
    assert list(pairs) == expected


def test_the_loss_of_bleu_of_four_studies() -> None:
    expected = {
        (source, method, percent / 100): bleu
        for (source, method), row in LOSSES.items()
        for percent, bleu in (
            row if isinstance(row, dict) else dict(zip(SPARSITIES[source], row, strict=True))
        ).items()
    }
    table = published("quality").set_index(["source", "method", "sparsity"])["bleu"]
    assert table.to_dict() == expected


def test_bleu_of_the_study_by_round() -> None:
    table = published("bleu")
    assert table["level"].to_list() == list(range(10))
    expected = [27.77, 28.04, 28.00, 27.70, 27.93, 27.80, 27.76, 27.61, 27.19, 27.16]
    assert table["bleu"].to_list() == expected


def test_maps_of_layers_with_layers() -> None:
    """Of two networks all pairs; of one each pair of layers once, and none with itself."""
    table = published("layer_pairs")
    assert set(table["measure"]) == {"cka"}
    numbers = table.groupby(["module", "other_level", "level"]).size().to_dict()
    encoder = {("encoder", 0, level): 36 for level in (2, 4, 6, 8)}
    encoder |= {("encoder", level, level): 15 for level in (0, 2, 4, 6, 8)}
    decoder = {("decoder", 0, 0): 15, ("decoder", 8, 8): 15, ("decoder", 0, 8): 36}
    assert numbers == encoder | decoder
    keys = ["module", "other_level", "level", "other_layer", "layer"]
    assert not table.duplicated(keys).any()
    values = table.set_index(keys)["value"]
    assert values["encoder", 0, 0, 1, 2] == 0.84
    assert values["encoder", 0, 8, 6, 1] == 0.53
    assert values["encoder", 0, 8, 1, 6] == 0.51
    # C4: the early layers' likeness to the own last layer, three of six.
    own = table[(table["module"] == "encoder") & (table["other_level"] == table["level"])]
    early = own[(own["layer"] == 6) & (own["other_layer"] <= 3)].groupby("level")["value"].mean()
    rise = (early - early[0]).round(3).to_dict()
    assert rise == {0: 0.0, 2: 0.010, 4: 0.050, 6: 0.070, 8: 0.063}


def test_similarity_of_layers_after_round_8() -> None:
    table = published("similarity")
    assert set(table["level"]) == {8}
    by_measure = table.groupby("measure")["value"].agg(tuple).to_dict()
    assert by_measure == {
        "cka": (0.936, 0.913, 0.900, 0.870, 0.830, 0.855),
        "maxcorr": (0.795, 0.753, 0.733, 0.721, 0.716, 0.719),
    }
    assert table["layer"].to_list() == [1, 2, 3, 4, 5, 6] * 2


def test_neurons_found_again_and_components() -> None:
    neurons = published("neurons")[["level", "layer", "other_layer", "lowest", "highest"]]
    assert neurons.astype(object).where(neurons.notna(), None).to_numpy().tolist() == [
        [8, None, None, 1021, 1023],
        [0, 1, 6, 859, 859],
        [8, 1, 6, 765, 765],
    ]
    components = published("complexity")[["measure", "layer", "level", "value"]]
    assert components.to_numpy().tolist() == [["pcs_80", 6, 0, 310], ["pcs_80", 6, 8, 170]]
    assert set(published("neurons")["num_neurons"]) == {1024}


def test_heads_after_round_8() -> None:
    table = published("attention")
    columns = ["kind", "measure", "first_layer", "last_layer", "lowest", "highest"]
    assert table[columns].to_numpy().tolist() == [
        ["encoder_self", "pearson", 1, 1, 0.721, 0.721],
        ["encoder_self", "pearson", 2, 6, 0.886, 0.913],
        ["decoder_self", "pearson", 1, 6, 0.891, 0.938],
        ["encoder_decoder", "pearson", 1, 6, 0.903, 0.945],
        ["encoder_self", "matched", 1, 1, 7 / 16, 7 / 16],
        ["encoder_decoder", "matched", 1, 6, 1.0, 1.0],
    ]
    assert set(table["level"]) == {8}


def test_zeros_by_kind_of_weight_matrix() -> None:
    table = published("sparsity")
    at_565 = table[table["sparsity_total"] == 0.565]
    places = at_565.set_index(["module", "block", "projection", "kind"])["sparsity"].round(2)
    shares = {
        ("encoder", "self_attention"): {"q": 0.61, "k": 0.61, "v": 0.81, "out": 0.84},
        ("decoder", "self_attention"): {"q": 0.58, "k": 0.59, "v": 0.81, "out": 0.83},
        ("decoder", "cross_attention"): {"q": 0.52, "k": 0.53, "v": 0.50, "out": 0.50},
        ("encoder", "feed_forward"): {"fc1": 0.66, "fc2": 0.69},
        ("decoder", "feed_forward"): {"fc1": 0.67, "fc2": 0.75},
    }
    expected = {
        (*block, projection, "weight"): share
        for block, row in shares.items()
        for projection, share in row.items()
    }
    assert {place: share for place, share in places.items() if place[3] == "weight"} == expected
    keys = places[[place for place in places.index if place[2:] == ("k", "bias")]]
    assert len(keys) == 3
    assert keys.min() == 1.0, "key biases end fully pruned"


def test_zeros_add_up_to_the_sparsity_of_the_round() -> None:
    table = published("sparsity")
    assert table.groupby("level").size().to_dict() == dict.fromkeys(range(6), 32)
    width, ffn = 1024, 4096
    weights = table["projection"].map({"fc1": width * ffn, "fc2": width * ffn}).fillna(width**2)
    biases = table["projection"].map({"fc1": ffn}).fillna(width)
    sizes = weights.where(table["kind"] == "weight", biases)
    zeros = (table["sparsity"] * sizes).groupby(table["level"]).sum()
    pooled = zeros / sizes.groupby(table["level"]).sum()
    assert pooled.to_list() == pytest.approx(PRUNABLE[:6], abs=1e-4)
    parameters = 209_911_808
    assert (6 * zeros / parameters).to_list() == pytest.approx(TOTAL[:6], abs=5e-4)


def test_probes_have_every_task_of_the_study_in_every_round() -> None:
    table = published("probes")
    of_study = [task.id for task in PROBING_TASKS.values() if task.of_study]
    assert table["task"].drop_duplicates().to_list() == of_study
    assert table.groupby("task")["level"].agg(list).to_list() == [list(range(9))] * 18
    missing = table[table["value"].isna()]
    assert set(zip(missing["task"], missing["level"], strict=True)) == {
        *((f"constituency_{name}", 8) for name in ("parent", "grandparent", "greatgrandparent")),
        *(("dependency_prediction", level) for level in range(3, 8)),
        ("semantic_tags", 8),
        ("event_factuality", 8),
    }


@pytest.mark.parametrize(
    ("task", "dense", "level", "pruned"),
    [
        ("adposition_function", 0.858, 7, 0.826),
        ("adposition_role", 0.740, 7, 0.717),
        ("coreference", 0.772, 7, 0.748),
        ("semantic_prediction", 0.892, 8, 0.917),
        ("pos", 0.968, 8, 0.969),
        ("ccg", 0.930, 8, 0.930),
    ],
)
def test_scores_of_probes(task: str, dense: float, level: int, pruned: float) -> None:
    scores = published("probes").set_index(["task", "level"])["value"].round(3)
    assert (scores[task, 0], scores[task, level]) == (dense, pruned)


def test_gain_of_groups() -> None:
    table = published("probe_groups").set_index(["group", "layer", "level"])["gain_percent"]
    groups = ("morphology", "syntax", "semantics")
    assert set(table.index) == {
        (group, layer, level) for group in groups for layer in range(2, 7) for level in range(9)
    }
    assert (table["morphology", 2, 0], table["semantics", 6, 8]) == (-2.9, 9.6)
    assert (table["syntax", 4, 8], table["syntax", 3, 6]) == (10.5, -0.6)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("source,method,sparsity\n", "columns"),
        ("source,method,sparsity,bleu,more\nyu2020,a,0.1,20,1\n", "columns"),
        ("source,method,sparsity,bleu\nyu2020,a,,20\n", "empty cells in {'sparsity'}"),
        ("source,method,sparsity,bleu\nyu2020,a,0.1,many\n", "many"),
    ],
)
def test_a_table_that_is_not_as_declared_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, complaint: str
) -> None:
    (tmp_path / "published").mkdir()
    (tmp_path / "published/quality.csv").write_text(text, encoding="utf-8")
    monkeypatch.setattr(study_tables, "files", lambda _: tmp_path)
    with pytest.raises((AssertionError, ValueError), match=re.escape(complaint)):
        published.__wrapped__("quality")


def test_the_page_of_documentation_has_every_source_and_table() -> None:
    page = " ".join((REPOSITORY / "docs/published.md").read_text(encoding="utf-8").split())
    for row in published("sources").to_dict("records"):
        assert row["citation"] in page
        assert row["url"] in page
    for name, columns in TABLES.items():
        assert f"`{name}.csv`" in page
        assert isinstance(published(name), pd.DataFrame)
        for column in columns:
            assert f"`{column}`" in page, f"{name}: {column}"
