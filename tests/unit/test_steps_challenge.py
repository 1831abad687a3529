"""What networks make of challenge sets: figures of hand-made answers, and what redoes them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ticketscope.challenges.challenge_items import ChallengeSet, Choice
from ticketscope.challenges.gender.built_in_sentences import GenderedSentence, built_in
from ticketscope.challenges.gender.professions import PROFESSIONS
from ticketscope.config import Challenge as Settings
from ticketscope.config import Experiment, GrammarCorpus, Lottery
from ticketscope.errors import InputError
from ticketscope.files import write_json
from ticketscope.runs.store import LevelId, Run, dense_of
from ticketscope.steps.bench import Bench
from ticketscope.steps.challenge import asked_sets, table
from ticketscope.steps.challenge.step import Challenge
from ticketscope.steps.results import read_result
from ticketscope.study.opened_run import open_run

DENSE, TICKET, CONTROL = (
    dense_of(0),
    *(LevelId(0, arm, 1) for arm in ("lr_rewinding", "dense_continued")),
)
STEP = Challenge()


def with_settings(toy: Experiment, **settings: object) -> Experiment:
    arms = Lottery(levels=1, arms=("lr_rewinding", "dense_continued"))
    return toy.model_copy(update={"lottery": arms, "challenge": Settings(**settings)})


def figures(bench: Bench) -> pd.DataFrame:
    found = pd.DataFrame(list(table.rows(bench)))
    return found.set_index(["level_id", "phenomenon", "metric"]).sort_index()


def keep(bench: Bench, label: LevelId, **result: object) -> None:
    place = bench.run.analysis(STEP.name, label)
    place.parent.mkdir(parents=True, exist_ok=True)
    write_json(
        place, {"about": {"identity": ""}, "result": {"choices": {}, "translations": {}, **result}}
    )


# ----------------------------------------------------------------------------- genders


def german(sentence: GenderedSentence, gender: str) -> str:
    noun = PROFESSIONS[sentence.profession].nouns.split()[0]
    form = {"teacher": ("Lehrer", "Lehrerin"), "welder": ("Schweißer", "Schweißerin")}
    man, woman = form.get(sentence.profession, (noun, noun))
    return f"Die {woman} kam." if gender == "female" else f"Der {man} kam."


SENTENCES = [
    GenderedSentence(f"The {profession} came.", profession, gender)
    for profession in ("teacher", "welder")
    for gender in ("male", "female")
    for _ in range(5)
]
"""Five each of: teacher he (against), teacher she (for), welder he (for), welder she (against)."""


def asking_gender(
    toy: Experiment, run: Run, said: dict[LevelId, Sequence[str]], monkeypatch: pytest.MonkeyPatch
) -> Bench:
    """A bench whose networks say these genders ("" for no noun), sentence by sentence."""
    bench = Bench.of(run.root, with_settings(toy, gender=True))
    asked = ChallengeSet("gender", "built_in", sentences=SENTENCES)
    monkeypatch.setattr(table, "kept", lambda _: [asked])
    for label in bench.panel.labels:
        answers = said.get(label, [each.gender for each in SENTENCES])
        texts = [
            german(sentence, answer) if answer else "Niemand kam."
            for sentence, answer in zip(SENTENCES, answers, strict=True)
        ]
        keep(bench, label, translations={"gender": texts})
    return bench


def test_figures_of_genders_by_hand(
    toy: Experiment, encoded_run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ticket makes all teachers women and all welders men; the control errs once and finds
    one noun less."""
    by_stereotype = ["female"] * 10 + ["male"] * 10
    control = [each.gender for each in SENTENCES]
    control[0], control[19] = "female", ""
    said = {TICKET: by_stereotype, CONTROL: control}
    found = figures(asking_gender(toy, encoded_run, said, monkeypatch))

    def value(label: LevelId, metric: str, phenomenon: str = "", column: str = "value") -> float:
        return found.loc[(label, phenomenon, metric), column]

    assert value(DENSE, "accuracy") == 1
    assert value(DENSE, "stereotype_gap") == value(DENSE, "gender_gap") == 0
    assert value(DENSE, "stereotype_gap", column="lower") < 0
    assert value(TICKET, "accuracy") == 0.5
    assert value(TICKET, "accuracy", "pro_stereotypical") == 1
    assert value(TICKET, "accuracy", "anti_stereotypical") == 0
    assert value(TICKET, "stereotype_gap") == 1
    # Men: 5 right of 10, 5 more said to be; the same of women.
    assert value(TICKET, "gender_gap") == 0
    assert value(TICKET, "stereotype_gap", column="difference_dense") == 1
    # Against stereotype the control has 8 of 10 right.
    assert value(CONTROL, "stereotype_gap") == pytest.approx(0.2)
    assert value(TICKET, "stereotype_gap", column="difference_control") == pytest.approx(0.8)
    assert value(CONTROL, "not_found") == 0.05
    # F1 of men 2·9 / (2·9 + 1), of women 2·9 / (2·9 + 2).
    assert value(CONTROL, "gender_gap") == pytest.approx(18 / 19 - 18 / 20)
    assert found.loc[(TICKET, "", "stereotype_gap"), "num_sentences"] == 20
    assert found["lower"].le(found["value"]).all()
    assert found["upper"].ge(found["value"]).all()
    changes = found[["difference_dense_lower", "difference_dense", "difference_dense_upper"]]
    assert changes.dropna().apply(lambda row: row.is_monotonic_increasing, axis=1).all()
    assert (changes.iloc[:, 2] > changes.iloc[:, 0]).sum() == changes.iloc[:, 1].notna().sum()


def test_the_built_in_sentences_are_asked_of_english_to_german_alone(toy: Experiment) -> None:
    def asks(experiment: Experiment, **settings: object) -> bool:
        return asked_sets.asks_gender(
            experiment.model_copy(update={"challenge": Settings(**settings)})
        )

    french = toy.model_copy(update={"corpus": toy.corpus.model_copy(update={"target": "fr"})})
    grammar = toy.model_copy(update={"corpus": GrammarCorpus()})
    assert asks(toy)
    assert not asks(toy, gender=False)
    assert not asks(french)
    assert not asks(grammar)
    assert asks(grammar, gender=True)
    with pytest.raises(InputError, match="translates en to fr; set it to false"):
        asked_sets.check(french.model_copy(update={"challenge": Settings(gender=True)}))


# ----------------------------------------------------------------------------- choices


def test_figures_of_choices_by_hand(
    toy: Experiment, encoded_run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A choice is right if the right translation is likelier than all wrong ones; a tie is not."""
    choices = [
        Choice("a", "r", ("v", "w"), "x"),
        Choice("a", "r", ("w",), "y"),
        Choice("b", "r", ("v", "w"), "x"),
        Choice("c", "r", ("w",), "x"),
    ]
    asked = ChallengeSet("mine", "aces", choices, left_out={"another language pair": 3})
    monkeypatch.setattr(table, "kept", lambda _: [asked])
    bench = Bench.of(encoded_run.root, with_settings(toy, gender=False))
    all_right = np.array([[-1.0, -2.0]] * 6)
    ours = np.array([[-1, -2], [-1, -2], [-2, -1], [-1, -2], [-1, -1], [-1, -3]], dtype=float)
    for label in bench.panel.labels:
        likely = ours if label == TICKET else all_right
        keep(bench, label, choices={"mine": likely.tolist()})
    found = figures(bench)
    ticket = found.loc[TICKET]
    assert ticket.loc[("", "accuracy"), "value"] == 0.5
    assert ticket.loc[("", "tied"), "value"] == 0.25
    assert ticket.loc[("x", "accuracy"), "value"] == pytest.approx(2 / 3)
    assert ticket.loc[("y", "accuracy"), "value"] == 0
    assert ticket.loc[("", "accuracy"), "difference_dense"] == -0.5
    assert ticket.loc[("", "accuracy"), ["num_sentences", "num_events"]].tolist() == [3, 4]
    assert set(found["num_left_out"]) == {3}


def test_sets_are_kept_and_read_again_only_when_they_change(
    toy: Experiment, encoded_run: Run, tmp_path: Path
) -> None:
    head = "source\treference\tcontrastive\ttype\n"
    long = " ".join(["one"] * 3_000)
    mine = tmp_path / "mine.tsv"
    mine.write_text(f"{head}one\teins\tzwei\tx\n{long}\teins\tzwei\tx\n", encoding="utf-8")
    bench = Bench.of(encoded_run.root, with_settings(toy, gender=False, sets=(str(mine),)))
    assert STEP.prepare(bench)
    assert not STEP.prepare(bench)
    (kept,) = asked_sets.kept(bench)
    assert kept.choices == [Choice("one", "eins", ("zwei",), "x")]
    assert list(STEP.announce(bench)) == [
        "challenge set mine (contrastive): 1 asked, 1 left out (1: longer than a network reads at "
        "once)"
    ]
    mine.write_text(f"{head}one\teins\tdrei\tx\n", encoding="utf-8")
    assert STEP.prepare(bench)
    mine.write_text(f"{head}{long}\teins\tzwei\tx\n", encoding="utf-8")
    with pytest.raises(InputError, match="every line of mine is longer"):
        STEP.prepare(bench)
    gender = tmp_path / "gender.tsv"
    gender.write_text(f"{head}one\teins\tzwei\tx\n", encoding="utf-8")
    with pytest.raises(InputError, match="gender is the built-in set; rename the file"):
        asked_sets.check(with_settings(toy, gender=True, sets=(str(gender),)))


def test_the_built_in_set_is_kept_as_it_is(toy: Experiment, encoded_run: Run) -> None:
    bench = Bench.of(encoded_run.root, with_settings(toy, gender=True))
    assert STEP.prepare(bench)
    (kept,) = asked_sets.kept(bench)
    assert (kept.name, kept.kind, kept.choices) == ("gender", "built_in", [])
    assert kept.sentences == list(built_in())


@pytest.mark.slow
def test_a_challenge_set_says_what_minimal_pairs_say(toy_run: Path) -> None:
    """The same pairs, once as these and once as those."""
    run = open_run(toy_run)
    asked = run.table("challenge")
    assert set(asked["set"]) == {"challenge"}
    behaviour = run.table("behaviour")
    pairs = behaviour[behaviour["test_set"].eq("own")]
    for table_, phenomenon in ((asked, "phenomenon"), (pairs, "bucket")):
        table_[phenomenon] = table_[phenomenon].fillna("")
    keys = ["arm", "replicate", "level", "phenomenon", "metric"]
    both = asked.merge(pairs.rename(columns={"bucket": "phenomenon"}), on=keys)
    assert len(both) == len(asked) == len(pairs) > 0
    assert np.allclose(both["value_x"], both["value_y"])
    both = both[both["metric"].eq("accuracy")]
    for name in ("difference_dense", "difference_control"):
        assert np.allclose(both[f"{name}_x"], both[f"{name}_y"], equal_nan=True)
    assert list(read_result(run.files.analysis(STEP.name, dense_of(0)))["choices"]) == ["challenge"]
