"""The named experiments."""

import json
from pathlib import Path

import pytest

from ticketscope import config
from ticketscope.cli import app
from ticketscope.config import FilesCorpus, Training
from ticketscope.errors import InputError
from ticketscope.study.recipes import RECIPES, recipe


def test_names() -> None:
    assert list(RECIPES) == [
        "demo",
        "grammar",
        "multi30k",
        "multi30k-short",
        "tatoeba",
        "wmt16-big",
    ]


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_is_valid_named_and_described(name: str) -> None:
    made = recipe(name)
    assert made.name == name  # runs/NAME
    stored = json.loads(json.dumps(made.model_dump(mode="json")))
    assert config.from_mapping(stored, where=name) == made
    overridden = config.override(made, [])  # differs in where relative paths are seen from
    assert config.training_identity(overridden) == config.training_identity(made)
    assert config.override(overridden, []) == overridden
    assert len((RECIPES[name].__doc__ or "").strip().splitlines()) == 1  # `ticketscope recipes`


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_printed_as_toml_reads_back_to_the_same_experiment(
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    app(["recipes", name, "--toml"])
    monkeypatch.chdir(tmp_path)
    Path("mine.toml").write_text(capsys.readouterr().out, encoding="utf-8")
    read = config.load(Path("mine.toml")).model_dump(mode="json")
    expected = config.override(recipe(name), []).model_dump(mode="json")
    assert config.canonical_json(read) == config.canonical_json(expected)


@pytest.mark.parametrize("name", RECIPES)
def test_a_file_that_only_extends_a_recipe_is_that_recipe(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "mine.toml").write_text(f'extends = "{name}"\n')
    monkeypatch.chdir(tmp_path)  # where the paths of recipes are seen from
    read = config.load(Path("elsewhere") / "mine.toml", recipes=RECIPES)
    expected = config.override(recipe(name), ["name=mine"])
    assert read == expected


@pytest.mark.parametrize("arguments", [["recipes", "demo"], ["recipes", "--toml"]])
def test_a_recipe_and_toml_go_together(arguments: list[str]) -> None:
    with pytest.raises(InputError, match="give both RECIPE and --toml"):
        app(arguments)
    with pytest.raises(InputError, match=r"^dmo: no such recipe; did you mean demo\? valid: "):
        app(["recipes", "dmo", "--toml"])


def test_recipes_are_different_experiments() -> None:
    digests = {config.digest(config.training_identity(recipe(name))) for name in RECIPES}
    assert len(digests) == len(RECIPES)


def test_an_unknown_recipe_names_the_valid_ones() -> None:
    said = r"^wmt: no such recipe; valid: demo, grammar, multi30k, .*\.toml$"
    with pytest.raises(InputError, match=said):
        recipe("wmt")


def test_grammar_prunes_to_97_percent_beside_three_controls() -> None:
    made = recipe("grammar")
    assert made.model.encoder_layers == 6
    assert (made.lottery.replicates, made.lottery.levels) == (3, 6)
    assert made.lottery.prune_fraction == 0.45
    assert set(made.lottery.arms) == {
        *("lr_rewinding", "dense_continued", "dense_repeated", "random_pruning")
    }


def test_every_recipe_has_the_control_and_a_ticket() -> None:
    for name in RECIPES:
        assert {"lr_rewinding", "dense_continued"} <= set(recipe(name).lottery.arms)


def test_wmt16_big_is_the_study() -> None:
    """Movva and Zhao 2020, section by section (shared/paper.md)."""
    study = recipe("wmt16-big")
    shape = study.model
    assert shape.norm == "post"
    assert (shape.encoder_layers, shape.decoder_layers) == (6, 6)
    assert (shape.d_model, shape.ffn, shape.heads, shape.dropout) == (1_024, 4_096, 16, 0.3)
    assert study.vocabulary.kind == "bpe"
    assert study.batches.max_tokens == 10_000
    assert study.training == Training(
        epochs=60,
        peak_rate=7e-4,
        initial_rate=1e-7,
        warmup_updates=4_000,
        optimiser="adam",
        beta1=0.9,
        beta2=0.98,
        weight_decay=0.0,
        label_smoothing=0.1,
        clip_norm=0.0,
        accumulate=8,  # its eight GPUs
        precision="bfloat16",  # it trained in float32 (docs/lottery.md)
        validate_every=study.training.validate_every,
        device="cuda",
    )
    lottery = study.lottery
    assert (lottery.levels, lottery.prune_fraction, lottery.prune_embeddings) == (8, 0.2, False)
    assert lottery.rewind_to == (*(0.5,) * 6, 0.2)  # 20 % from round 7 on
    assert "random_pruning" in lottery.arms
    assert (study.quality.beam, study.quality.length_penalty) == (4, 0.6)
    assert isinstance(study.corpus, FilesCorpus)
    assert study.corpus.tests == ("newstest2014",)


def test_multi30k_short_is_the_known_good_point() -> None:
    short = recipe("multi30k-short")
    shape, lottery = short.model, short.lottery
    assert (shape.norm, shape.encoder_layers, shape.decoder_layers) == ("pre", 3, 3)
    assert (shape.d_model, shape.ffn, shape.dropout) == (128, 512, 0.1)
    assert (short.vocabulary.size, short.batches.max_tokens) == (6_000, 2_048)
    assert (short.training.epochs, short.training.peak_rate) == (9, 3e-3)
    assert short.training.warmup_updates == 500
    assert (lottery.replicates, lottery.levels, lottery.prune_fraction) == (1, 4, 0.36)
    assert lottery.rewind_to == (0.7,)
    assert isinstance(short.corpus, FilesCorpus)
    assert short.corpus.tests == ("test_2016_flickr", "test_2017_flickr")
