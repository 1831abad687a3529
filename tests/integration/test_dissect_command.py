"""`ticketscope dissect` of an NLLB that transformers alone trained, with all that compressors make
of it, a control and a twin: what its tables say is what transformers and sacreBLEU say."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from foreign import texts
from foreign.families import FOREIGN, STUDENT
from foreign.figures import Reference, sacrebleu
from foreign.nets import Nets
from forked import ticketscope
from ticketscope.steps.probes.subjects import RANDOM_ENCODER
from ticketscope.study.opened_run import OpenedRun, open_run

pytestmark = pytest.mark.slow

NLLB = FOREIGN["nllb"]
FIRST, *MORE = (
    "int8",  # with it, CTranslate2 scores all, so what is there stays right
    *("magnitude_50", "magnitude_80", "float16", "trimmed"),
    "encoder_layer_dropped",
)
# The cheapest with which every step and every claim is reached.
QUICK = (
    *("quality.beam=1", "quality.max_decoding_length=40", "quality.resamples=40"),
    *("representations.resamples=5", "attention.num_words=150", "speed.sentences=2"),
    *("speed.rounds=1", "attention.importance_sentences=4", "compute.threads=1"),
    *("causes.num_sentences=4", "causes.fit_sentences=4", "calibration.sentences=4"),
    *("search.sentences=2", "search.beams=[1,2]", "robustness.sentences=2"),
    *(
        "robustness.strengths=[1.0]",
        "damage.sentences=8",
        "damage.contrasted=3",
        "execution.workers=1",
    ),
    "challenge.gender=false",
    *("probing.max_train=120", "probing.max_held_out=60"),
    *("probing.max_updates=5", "probing.seeds=1", "probing.control_task=false"),
    *("probing.resamples=40", 'probing.tasks=["pos","semantic_tags"]'),
)
SOURCES, TARGETS = (list(side) for side in zip(*texts.test_pairs(), strict=True))


@pytest.fixture(scope="module")
def networks(nets: Nets) -> Mapping[str, Path]:
    """By their names in the tables."""
    found = {name: nets.variant("nllb", name) for name in (FIRST, *MORE, "trained_on")}
    return {
        "base": nets.base("nllb"),
        "student": nets.student(),
        **{directory.name: directory for directory in found.values()},
    }


@pytest.fixture(scope="module")
def common(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    """Options of all commands, and the texts that they name."""
    folder = tmp_path_factory.mktemp("dissected")
    for name, sources, targets in (
        ("test", SOURCES, TARGETS),
        ("other", SOURCES[1:], TARGETS[1:]),
    ):
        for language, lines in (("en", sources), ("de", targets)):
            text = "".join(f"{line}\n" for line in lines)
            (folder / f"{name}.{language}").write_text(text, encoding="utf-8")
    settings = (f"--set={setting}" for setting in QUICK)
    pairs = zip(SOURCES, TARGETS, [*TARGETS[1:], TARGETS[0]], strict=True)
    lines = ["source\treference\tcontrastive", *map("\t".join, pairs)]
    (folder / "swapped.tsv").write_text("\n".join(lines), encoding="utf-8")
    languages = ("--source", "en", "--target", "de")
    codes = ("--source-code", NLLB.source_code, "--target-code", NLLB.target_code)
    challenge = ("--challenge", f"{folder / 'swapped.tsv'}:contrastive")
    return (*languages, *codes, *challenge, "--out", str(folder / "run"), *settings)


def folder_of(common: tuple[str, ...]) -> Path:
    return Path(common[common.index("--out") + 1]).parent


@pytest.fixture(scope="module")
def run(networks: Mapping[str, Path], nets: Nets, common: tuple[str, ...]) -> OpenedRun:
    """Planned, begun with one variant, and gone on with to the end."""
    folder = folder_of(common)
    base, first = str(networks["base"]), str(networks[f"nllb-{FIRST}"])
    test = ("--test", str(folder / "test"))

    planned = ticketscope("dissect", base, first, *test, *common, "--dry-run")
    assert planned.returncode == 0, planned.stderr
    assert f"variant nllb-{FIRST}: {first}" in planned.stdout
    assert not (folder / "run").exists()

    done = ticketscope("dissect", base, first, *test, *common)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("; checked: ") == 2, "each network proves itself"

    variants = [str(networks[f"nllb-{name}"]) for name in MORE]
    controls = ("--control", str(networks["nllb-trained_on"]), "--twin", str(nets.twin("nllb")))
    more = ("--probes", "grammar", *controls)
    whole = ticketscope(
        "dissect", base, first, *variants, str(networks["student"]), *more, *test, *common
    )
    assert whole.returncode == 0, whole.stderr
    assert f"quality replicate-0/nllb-{FIRST}" not in whole.stdout, "it was there"
    return open_run(folder / "run")


def rows_of(table: pd.DataFrame, name: str, **where: object) -> pd.DataFrame:
    """Those of a network of the first seed."""
    chosen = (table["arm"] == name) & (table["replicate"] == 0)
    for column, value in where.items():
        chosen &= table[column] == value
    return table[chosen]


def the_one(table: pd.DataFrame, name: str, **where: object) -> pd.Series:
    found = rows_of(table, name, **where)
    assert len(found) == 1, found
    return found.iloc[0]


def reference(networks: Mapping[str, Path], name: str) -> Reference:
    return Reference.open(networks[name], STUDENT if name == "student" else NLLB)


# ----------------------------------------------------------------------------- what is measured


def test_every_network_is_in_every_table_that_can_have_it(
    run: OpenedRun, networks: Mapping[str, Path]
) -> None:
    everyone = {(name, 0) for name in networks} | {("base", 1)}
    with_states = everyone - {("nllb-int8", 0)}
    for expected, names in (
        (everyone, ("quality", "speed", "behaviour", "challenge", "networks", "sentences")),
        (with_states, ("similarity", "complexity", "attention", "weights")),
        (with_states, ("probes",)),
    ):
        for name in names:
            table = run.table(name)
            found = set(zip(table["arm"], table["replicate"], strict=True)) - {(RANDOM_ENCODER, 0)}
            assert found == expected, name
    assert run.network("student", level=1).directory == networks["student"]
    assert run.held_out("test").source == tuple(SOURCES)
    assert run.files.report.is_file()


def test_sizes_are_told_as_they_are_stored(run: OpenedRun, networks: Mapping[str, Path]) -> None:
    table = run.networks
    student, dropped = the_one(table, "student"), the_one(table, "nllb-encoder_layer_dropped")
    assert (student["width"], student["encoder_layers"], student["decoder_layers"]) == (32, 2, 1)
    assert (dropped["width"], dropped["encoder_layers"], dropped["decoder_layers"]) == (48, 2, 2)
    for name in ("student", "nllb-magnitude_50", "nllb-trimmed"):
        stored = reference(networks, name).network
        assert the_one(table, name)["num_parameters"] == stored.num_parameters()
    sparsity = {name: the_one(table, name)["sparsity_prunable"] for name in networks}
    assert sparsity["nllb-magnitude_50"] == pytest.approx(0.5, abs=0.02)  # biases are none of it
    assert sparsity["nllb-magnitude_80"] == pytest.approx(0.8, abs=0.02)
    assert sparsity["base"] == sparsity["student"] == sparsity["nllb-trimmed"] == 0.0


# ----------------------------------------------------------------------------- what others say


@pytest.mark.parametrize("name", ["base", "nllb-magnitude_50", "nllb-trimmed", "student"])
def test_translations_are_those_of_generate(
    name: str, run: OpenedRun, networks: Mapping[str, Path]
) -> None:
    found = list(rows_of(run.sentences, name)["translation"])
    assert len(found) == len(SOURCES)
    assert found[:12] == reference(networks, name).translate(SOURCES[:12], beam=1)


def test_translations_of_int8_are_those_of_its_engine(
    run: OpenedRun, networks: Mapping[str, Path]
) -> None:
    found = list(rows_of(run.sentences, "nllb-int8")["translation"])
    base = reference(networks, "base")
    assert found == base.translate_by_engine(networks["nllb-int8"], SOURCES, beam=1)


@pytest.mark.parametrize("name", ["nllb-magnitude_50", "nllb-int8"])
def test_bleu_is_that_of_sacrebleu_on_the_command_line(
    name: str, run: OpenedRun, tmp_path: Path
) -> None:
    translations = list(rows_of(run.sentences, name)["translation"])
    bleu = the_one(run.quality, name, metric="bleu")
    assert bleu["value"] == pytest.approx(sacrebleu(translations, TARGETS, tmp_path), abs=1e-5)
    base = the_one(run.quality, "base", metric="bleu")["value"]
    assert bleu["difference_dense"] == pytest.approx(bleu["value"] - base)


@pytest.mark.parametrize("name", ["base", "nllb-encoder_layer_dropped", "student"])
def test_loss_per_word_is_that_of_logits_by_hand(
    name: str, run: OpenedRun, networks: Mapping[str, Path]
) -> None:
    """It compares networks whatever their pieces are."""
    of = reference(networks, name)
    nats = sum(of.loss(*pair)[0] for pair in texts.test_pairs())
    found = the_one(run.quality, name, metric="loss_word")
    assert found["value"] == pytest.approx(nats / sum(len(text.split()) for text in TARGETS))


def test_similarity_of_another_width_is_cka_of_the_hidden_states(
    run: OpenedRun, networks: Mapping[str, Path]
) -> None:
    states = [
        [np.concatenate(layer) for layer in zip(*by_sentence, strict=True)]
        for by_sentence in (
            [of.word_states(*pair, "normed")[0] for pair in texts.test_pairs()]
            for of in (reference(networks, "base"), reference(networks, "student"))
        )
    ]
    table = rows_of(run.similarity, "student", module="encoder", measure="cka", other_arm="base")
    between = table[table["other_replicate"] == 0]
    assert len(between) == len(states[0]) * len(states[1])
    for _, row in between.iterrows():
        base, student = states[0][row["other_layer"]], states[1][row["layer"]]
        assert row["num_words"] == len(base)
        assert row["value"] == pytest.approx(linear_cka(base, student), abs=1e-4)


def linear_cka(one: np.ndarray, other: np.ndarray) -> float:
    """Kornblith et al. 2019, by its definition."""
    one, other = (states.astype(np.float64) - states.mean(0) for states in (one, other))
    norms = np.linalg.norm(one.T @ one) * np.linalg.norm(other.T @ other)
    return float(np.linalg.norm(one.T @ other) ** 2 / norms)


# ----------------------------------------------------------------------------- what follows


def test_claims_are_decided_wherever_a_variant_can_be_set_beside_the_control(
    run: OpenedRun,
) -> None:
    claims = run.claims[run.claims["statistic"] == "claim"].set_index(["arm", "claim"])
    verdicts = claims["verdict"].unstack()
    of_states = ["C2", "C3", "C4", "C5"]
    for name in ("nllb-int8", "student", "nllb-encoder_layer_dropped"):
        assert set(verdicts.loc[name, of_states]) == {"not measured"}
    for name in ("nllb-float16", "nllb-trimmed", "nllb-magnitude_50", "nllb-magnitude_80"):
        assert "not measured" not in set(verdicts.loc[name, of_states])
    for name in ("nllb-float16", "nllb-trimmed"):
        assert verdicts.loc[name, "C2"] == "no relevant effect"
        assert verdicts.loc[name, "C5"] == "supported"
    for name in ("nllb-magnitude_80", "student"):
        assert verdicts.loc[name, "C0"] == "contradicted"
    assert verdicts.loc["nllb-magnitude_80", "C5"] == "contradicted"

    reasons = claims["reason"]
    assert "CTranslate2, which shows none" in reasons["nllb-int8", "C2"]
    for claim in of_states[:3]:
        told = reasons["student", claim]
        assert told.startswith("student and nllb-trained_on have not the same layers; the section")
    assert "that the base is shown to know" in reasons["student", "C1"]


@pytest.mark.usefixtures("run")
def test_another_base_and_other_texts_are_refused(
    networks: Mapping[str, Path], common: tuple[str, ...]
) -> None:
    folder = folder_of(common)
    base, variant, control = (
        str(networks[name]) for name in ("base", f"nllb-{FIRST}", "nllb-trained_on")
    )
    test, other = (("--test", str(folder / name)) for name in ("test", "other"))
    other_base = ticketscope("dissect", control, variant, *test, *common)
    assert other_base.returncode == 2
    assert "was made with another base" in other_base.stderr
    other_texts = ticketscope("dissect", base, variant, *other, *common)
    assert other_texts.returncode == 2
    assert "was made on other texts" in other_texts.stderr
