"""Dissections: settings, names, labels, texts, and what is refused before any work."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from ticketscope import config
from ticketscope.config.dissection import TAKEN, Dissection
from ticketscope.dissection import hub
from ticketscope.dissection.given import (
    files_of,
    given_networks,
    known_of,
    last_known_of,
    named_as_before,
)
from ticketscope.dissection.texts import check_same_texts, given_texts, keep_texts
from ticketscope.errors import InputError
from ticketscope.networks.network import Network
from ticketscope.runs.seals import write_sealed
from ticketscope.runs.store import OPENED, LevelId, Run
from ticketscope.steps.bench import panel_of_study
from ticketscope.steps.probes.subjects import RANDOM_ENCODER
from ticketscope.study import dissecting


def dissection(*overrides: str, **given: Any) -> Dissection:
    raw = {
        "base": "/nets/base",
        "variants": ["/nets/half"],
        "source": "en",
        "target": "de",
        "tests": ["/texts/news"],
    }
    return config.dissection(raw | given, overrides, where="test")


def test_toml_and_command_line_give_the_same(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(
        'name = "base"\nbase = "/nets/base"\nvariants = ["/nets/half"]\nsource = "en"\n'
        'target = "de"\ntests = ["/texts/news"]\n',
        encoding="utf-8",
    )
    of_file = config.dissection(config.load_dissection(file), where=str(file))
    assert of_file == dissection()
    assert config.from_stored(of_file.model_dump(mode="json"), where="stored") == of_file
    file.write_text(config.to_toml(of_file.model_dump(mode="json")), encoding="utf-8")
    assert config.dissection(config.load_dissection(file), where=str(file)) == of_file


def test_what_is_measured_on_validation_is_measured_on_the_first_test_set_without_one() -> None:
    without, explicit = dissection(), dissection("attention.sentences=['validation']")
    assert without.representations.sentences == without.attention.sentences == ("news",)
    assert explicit.attention.sentences == ("validation",)
    assert dissection(validation="/texts/dev").representations.sentences == ("validation",)


@pytest.mark.parametrize(
    ("networks", "names"),
    [
        (("/a/base", "/a/half", "/a/quarter"), ("base", "half", "quarter")),
        (("/r/0/ticket", "/r/1/ticket"), ("0-ticket", "1-ticket")),
        (("/a/x", "/b/base", "/b/dense"), ("x", "b-base", "b-dense")),
        (("/a/x", "/b/my model"), ("x", "my_model")),
        (("owner/x", "other/x"), ("owner-x", "other-x")),
    ],
)
def test_names_are_those_of_folders_and_distinct(
    networks: tuple[str, ...], names: tuple[str, ...]
) -> None:
    base, *variants = networks
    assert dissection(base=base, variants=variants).names == names


def test_a_further_network_takes_no_name_from_what_is_measured(tmp_path: Path) -> None:
    run, first = Run(tmp_path), {"base": "/r/0/ticket", "variants": ["/r/1/ticket", "/r/half"]}
    before = dissection(**first)
    assert before.names == ("0-ticket", "1-ticket", "half")
    assert named_as_before(before, run) == before, "there is no run yet"
    write_sealed(run.config, {"config": before.model_dump(mode="json")})
    more = dissection(
        base="/r/0/ticket",
        variants=["/s/half", "/r/half", "/r/1/ticket"],
        controls=["/s/1/ticket", "/s/on"],
    )
    assert set(before.names) > set(more.names) & set(before.names), "alone they would be renamed"
    kept = named_as_before(more, run)
    assert kept.names == ("0-ticket", "s-half", "half", "1-ticket", "ticket", "on")
    write_sealed(run.config, {"config": kept.model_dump(mode="json")})
    assert named_as_before(before, run).names == before.names
    mine = dissection(**first | {"variants": [{"network": "/r/half", "name": "mine"}]})
    assert named_as_before(mine, run).names == ("0-ticket", "mine"), "the user's name goes first"


def test_labels_and_relations() -> None:
    study = dissection(
        variants=["/n/half", "/n/int8"], controls=["/n/on", "/n/again"], twins=["/n/seed2"]
    )
    labels = [str(given.label) for given in given_networks(study)]
    assert labels == [
        "replicate-0/base/level-00",
        "replicate-1/base/level-00",
        "replicate-0/half/level-01",
        "replicate-0/int8/level-01",
        "replicate-0/on/level-01",
        "replicate-0/again/level-01",
    ]
    panel = panel_of_study(Run(Path("/nowhere")), study)
    half, on, again = (panel.labels[place] for place in (2, 4, 5))
    assert [str(label) for label in panel.dense] == labels[:2]
    assert (panel.control(half), panel.control(again), panel.control(on)) == (on, on, None)
    assert {label.arm for label in panel.studied} == {"half", "int8"}
    assert [*study.cast] == ["base", "half", "int8", "on", "again"]
    assert (study.replicates, study.last_level) == (2, 1)


def test_no_variant_can_be_called_as_an_untrained_encoder() -> None:
    assert RANDOM_ENCODER in TAKEN


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"variants": []}, "test: variants: give at least 1"),
        ({"target": "en"}, "source and target are both en"),
        ({"tests": ["/a/news", "/b/news"]}, "tests: two are called news"),
        ({"tests": ["/a/validation"]}, "'validation' is no free name"),
        ({"variants": ["/nets/half", "/nets/half"]}, "/nets/half is given twice"),
        ({"variants": ["/nets/../nets/./base"]}, "/nets/base is given twice"),
        ({"variants": ["owner/x", "owner/x"]}, "owner/x is given twice"),
        ({"variants": [{"network": "/n/x", "name": "base"}]}, "no network can be called base"),
        ({"varians": []}, "varians: unknown key; did you mean variants"),
        ({"variants": [{"network": "/n/x", "code": "de"}]}, r"variants\.0\.code: unknown key"),
        ({"compute": {"dtype": "int8"}}, r"compute\.dtype: "),
    ],
)
def test_what_cannot_be_is_one_line(given: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        dissection(**given)
    assert "\n" not in str(caught.value)


# ----------------------------------------------------------------------------- texts


def with_texts(folder: Path, source: bytes = b"one\ntwo\n", target: bytes = b"eins\nzwei\n") -> Any:
    (folder / "news.en").write_bytes(source)
    (folder / "news.de").write_bytes(target)
    return dissection(tests=[str(folder / "news")])


def test_texts_are_kept_and_others_are_refused(tmp_path: Path) -> None:
    study, folder = with_texts(tmp_path), tmp_path / "run" / "corpus"
    folder.parent.mkdir()
    assert keep_texts(study, folder)
    assert not keep_texts(study, folder)
    check_same_texts(study, folder)
    with pytest.raises(InputError, match="other texts of news"):
        check_same_texts(with_texts(tmp_path, target=b"eins\ndrei\n"), folder)
    for file in tmp_path.glob("news.*"):
        file.unlink()
    check_same_texts(study, folder)  # what was kept is good enough
    with pytest.raises(InputError, match="made for en to de, not for en to fr"):
        check_same_texts(dissection(target="fr", tests=[str(tmp_path / "news")]), folder)


@pytest.mark.parametrize(
    ("source", "target", "said"),
    [
        (b"one\n", b"eins\nzwei\n", r"news\.en has 1 lines but .*news\.de has 2"),
        (b"one\n\xff\n", b"eins\nzwei\n", r"news\.en:2: .*UTF-8"),
        (b"", b"", r"news\.en: no line in it"),
    ],
)
def test_texts_that_cannot_be_read_are_named(
    tmp_path: Path, source: bytes, target: bytes, said: str
) -> None:
    study = with_texts(tmp_path, source, target)
    with pytest.raises(InputError, match=said):
        given_texts(study).text("news")


# ----------------------------------------------------------------------------- before anything


def test_what_is_no_network_is_named_before_any_work(tmp_path: Path) -> None:
    study = with_texts(tmp_path)
    with pytest.raises(InputError, match="/nets/base: no such directory"):
        dissecting.check(study, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_networks_of_the_hub_are_fetched_once_and_then_seen_as_directories(tmp_path: Path) -> None:
    study = dissection(base="owner/x", variants=[{"network": "owner/y", "revision": "v2"}])
    run, asked = Run(tmp_path), []

    def fetched(network: str, revision: str) -> str:
        asked.append((network, revision))
        (place := tmp_path / "cache" / network).mkdir(parents=True)
        return str(place)

    hub.fetch(study, run, fetched)
    hub.fetch(study, run, fetched)
    assert asked == [("owner/x", ""), ("owner/y", "v2")]
    found = [network.directory for network in panel_of_study(run, study).networks.values()]
    assert found == [tmp_path / "cache" / "owner" / name for name in ("x", "y")]


def test_what_is_known_of_a_network_is_of_all_its_files(tmp_path: Path) -> None:
    folder, beside, run = tmp_path / "net", tmp_path / "tokenizer", Run(tmp_path / "run")
    for file in (folder / "model.bin", beside / "vocab.json"):
        file.parent.mkdir()
        file.write_text("as it was")
    network = Network(folder, LevelId(0, "int8", 1), tokenizer_directory=beside)
    place = run.analysis(OPENED, LevelId(0, "int8", 1))
    assert known_of(network, run) is last_known_of(network, run) is None
    found = {"about": {"identity": config.digest(files_of(network))}, "result": {"line": "x"}}
    write_sealed(place, found)
    assert known_of(network, run) == last_known_of(network, run) == {"line": "x"}
    (beside / "vocab.json").write_text("another tokenizer")
    assert known_of(network, run) is None
    assert last_known_of(network, run) == {"line": "x"}
    place.write_text(place.read_text()[:-9])
    assert known_of(network, run) is last_known_of(network, run) is None, "it is opened again"


def test_a_network_of_the_hub_without_safetensors_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many of opus-mt have them in a pull request alone."""
    monkeypatch.setattr("huggingface_hub.snapshot_download", lambda *_, **__: str(tmp_path))
    with pytest.raises(InputError, match=r"owner/x: .* no safetensors .* --revision that has them"):
        hub.snapshot("owner/x", "")
    (tmp_path / "model.safetensors").touch()
    assert hub.snapshot("owner/x", "") == str(tmp_path)


def test_a_folder_that_is_there_is_no_id_of_the_hub(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "owner" / "x").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    study = dissection(base="owner/x", variants=["owner/y"])
    assert [side.network for side in study.sides] == [str(tmp_path / "owner" / "x"), "owner/y"]
    revised = config.with_revision({"base": "/a", "variants": ["owner/y"]}, "v2")
    assert revised["variants"] == [{"network": "owner/y", "revision": "v2"}]


def test_a_dissection_goes_on_once_the_network_that_failed_its_proof_is_mended(
    tmp_path: Path,
) -> None:
    """What the others proved is there before there is a config."""
    run = Run(tmp_path / "run")
    for step, is_run in ((OPENED, True), ("quality", False)):
        run.analysis(step, LevelId(0, "base", 0)).parent.mkdir(parents=True)
        assert all(run.may_hold(path) for path in run.root.iterdir()) == is_run


def test_the_plan_of_what_cannot_be_done_is_refused(tmp_path: Path) -> None:
    console = Console(file=StringIO())
    with pytest.raises(InputError, match="no such directory"):
        dissecting.print_plan(with_texts(tmp_path), tmp_path / "run", console)
