"""Challenge sets as they are distributed: what lines ask, what is left out and what refused."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from ticketscope.challenges.challenge_items import ChallengeSet, Choice
from ticketscope.challenges.gender.built_in_sentences import GenderedSentence
from ticketscope.challenges.given_sets import given_set, read_sets
from ticketscope.challenges.loaders import LOADERS
from ticketscope.errors import InputError

EN_DE, DE_EN = ("en", "de"), ("deu_Latn", "eng_Latn")

WINOMT = (
    "male\t1\tThe farmer paid the nurse because he was satisfied.\tfarmer\n"
    "female\t4\tThe farmer paid the construction worker because she was satisfied.\t"
    "The construction worker\n"
    "neutral\t1\tThe farmer paid the nurse because they were satisfied.\tfarmer\n"
    "male\t1\tThe wizard paid the nurse because he was satisfied.\twizard\n"
)
LINGEVAL97 = [
    {
        "source": "The house is old.",
        "reference": "Das Haus ist alt.",
        "origin": "newstest2009.1",
        "errors": [
            {"type": "np_agreement", "contrastive": "Die Haus ist alt.", "distance": 1},
            {"type": "polarity_particle_nicht_ins", "contrastive": "Das Haus ist nicht alt."},
        ],
    }
]
CONTRAPRO = [
    {
        "ante distance": 1,
        "src pronoun": "it",
        "ref pronoun": "Sie",
        "document id": "1921_1_1.de",
        "intrasegmental": False,
        "segment id": 70,
        "src segment": "It is red.",
        "ref segment": "Sie ist rot.",
        "errors": [
            {"contrastive": "Er ist rot.", "replacement": "er", "type": "pronominal coreference"},
            {"contrastive": "Es ist rot.", "replacement": "es", "type": "pronominal coreference"},
        ],
    }
]
ACES = [
    {
        "source": "Three dogs run.",
        "good-translation": "Drei Hunde rennen.",
        "incorrect-translation": "Vier Hunde rennen.",
        "reference": "Es rennen drei Hunde.",
        "phenomena": "hallucination-number-level-1",
        "langpair": pair,
    }
    for pair in ("en-de", "en-fr", "de-en")
]
DEMETR = [
    {
        "id": 1,
        "src_sent": "Drei Hunde rennen.",
        "eng_sent": "Three dogs are running.",
        "mt_sent": "Three dogs run.",
        "pert_sent": worse,
        "lang_tag": tag,
        "data_source": "WMT",
        "pert_check": True,
        "severity": "critical",
        "pert_id": number,
        "pert_desc": "a number replaced",
        "pert_name": "critical_id10_numbers_replaced",
    }
    for worse, tag, number in (
        ("Four dogs run.", "german", 10),
        ("Three dogs run.", "german", 10),
        ("Three dogs are running.", "german", 35),
        ("Four dogs run.", "chinese_simple", 10),
    )
]
CONTRASTIVE = (
    "source\treference\tcontrastive\ttype\tlangpair\n"
    "Three dogs.\tDrei Hunde.\tVier Hunde.\tnumber\ten-de\n"
    "Three dogs.\tDrei Hunde.\tDrei Katzen.\tnoun\ten_GB-de\n"
    "Three dogs.\tTrois chiens.\tQuatre chiens.\tnumber\ten-fr\n"
)


def lines_of(records: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


def table_of(records: list[dict[str, Any]]) -> str:
    rows = [list(records[0]), *(list(record.values()) for record in records)]
    return "".join("\t".join(row) + "\n" for row in rows)


SAMPLES = {
    "winomt": WINOMT,
    "lingeval97": json.dumps(LINGEVAL97, indent=2),
    "contrapro": json.dumps(CONTRAPRO),
    "contrastive": CONTRASTIVE,
    "aces": lines_of(ACES),
    "demetr": json.dumps(DEMETR, indent=2, ensure_ascii=False),
}


def read(
    folder: Path, text: str, languages: tuple[str, str] = EN_DE, kind: str = ""
) -> ChallengeSet:
    path = folder / "mine.of.set"
    path.write_text(text, encoding="utf-8", newline="")
    (found,) = read_sets([f"{path}:{kind}" if kind else str(path)], languages)
    return found


def refusal(folder: Path, text: str, languages: tuple[str, str] = EN_DE, kind: str = "") -> str:
    with pytest.raises(InputError) as refused:
        read(folder, text, languages, kind)
    message = str(refused.value)
    assert len(message.splitlines()) == 1
    return message.replace(str(folder), "")


def test_every_loader_has_a_sample() -> None:
    assert set(SAMPLES) == set(LOADERS)


@pytest.mark.parametrize("kind", SAMPLES)
def test_a_file_tells_its_kind_and_line_ends_and_marks_change_nothing(
    kind: str, tmp_path: Path
) -> None:
    languages = DE_EN if kind == "demetr" else EN_DE
    found = read(tmp_path, SAMPLES[kind], languages)
    assert (found.name, found.kind) == ("mine", kind)
    assert found == read(tmp_path, SAMPLES[kind], languages, kind)
    windows = "\ufeff" + SAMPLES[kind].replace("\n", "\r\n")
    assert read(tmp_path, windows, languages) == found


def test_winomt(tmp_path: Path) -> None:
    found = read(tmp_path, WINOMT)
    assert list(found.sentences) == [
        GenderedSentence("The farmer paid the nurse because he was satisfied.", "farmer", "male"),
        GenderedSentence(
            "The farmer paid the construction worker because she was satisfied.",
            "construction worker",
            "female",
        ),
    ]
    assert found.left_out == {
        "the German nouns for the profession are not known": 1,
        "the pronoun tells no gender": 1,
    }


def test_lingeval97_asks_about_each_error(tmp_path: Path) -> None:
    source, right = "The house is old.", "Das Haus ist alt."
    assert read(tmp_path, SAMPLES["lingeval97"]).choices == [
        Choice(source, right, ("Die Haus ist alt.",), "np_agreement"),
        Choice(source, right, ("Das Haus ist nicht alt.",), "polarity_particle_nicht_ins"),
    ]


def test_contrapro_asks_about_all_errors_at_once(tmp_path: Path) -> None:
    wrongs = ("Er ist rot.", "Es ist rot.")
    assert read(tmp_path, SAMPLES["contrapro"]).choices == [
        Choice("It is red.", "Sie ist rot.", wrongs, "it:sie")
    ]


@pytest.mark.parametrize("form", [lines_of, table_of, json.dumps])
def test_aces_in_json_lines_as_a_table_and_as_a_list(form, tmp_path: Path) -> None:
    found = read(tmp_path, form(ACES))
    assert found.choices == [
        Choice(
            "Three dogs run.",
            "Drei Hunde rennen.",
            ("Vier Hunde rennen.",),
            "hallucination-number-level-1",
        )
    ]
    assert found.left_out == {"another language pair": 2}
    without = [{key: each[key] for key in each if key != "langpair"} for each in ACES]
    assert len(read(tmp_path, form(without)).choices) == 3


def test_demetr_by_file_and_by_folder(tmp_path: Path) -> None:
    known = Choice(
        "Drei Hunde rennen.",
        "Three dogs run.",
        ("Four dogs run.",),
        "critical_id10_numbers_replaced",
    )
    found = read(tmp_path, SAMPLES["demetr"], DE_EN)
    assert found.choices == [known]
    assert found.left_out == {
        "another language pair": 1,
        "no translation differs from the right one": 1,
        "the human translation, which is not worse": 1,
    }
    folder = tmp_path / "dataset"
    folder.mkdir()
    for name in ("a", "b"):
        (folder / f"{name}.json").write_text(SAMPLES["demetr"], encoding="utf-8")
    (of_both,) = read_sets([str(folder)], DE_EN)
    assert (of_both.name, of_both.choices) == ("dataset", [known, known])


def test_a_table_of_contrastive_pairs(tmp_path: Path) -> None:
    found = read(tmp_path, CONTRASTIVE)
    assert [each.phenomenon for each in found.choices] == ["number", "noun"]
    assert str(found) == "mine (contrastive): 2 asked, 1 left out (1: another language pair)"
    bare = read(tmp_path, "source\treference\tcontrastive\nOne.\tEins.\tZwei.\n")
    assert [each.phenomenon for each in bare.choices] == [""]


def test_what_cannot_be_asked_is_counted(tmp_path: Path) -> None:
    head = "source\treference\tcontrastive\n"
    texts = ("One.\t\tZwei.\n", "One.\tEins.\tEins.\n", "One.\tEins\x1b.\tZwei.\n")
    found = read(tmp_path, head + "".join(texts) + "One.\tEins.\tZwei.\n")
    assert found.num_left_out == 3
    assert len(found.left_out) == 3
    assert "nothing in it can be asked (1: a text is empty)" in refusal(tmp_path, head + texts[0])


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        ("", "", r"the file is empty"),
        ("some words\n", "", r"name its kind, as in mine.of.set:KIND \(winomt, "),
        (WINOMT, "winomd", r"no kind 'winomd'; did you mean winomt\? valid: winomt, "),
        (WINOMT + "male\t1\tHe came.\n", "", r"mine.of.set:5: 3 columns; a line of WinoMT has 4"),
        (WINOMT + "man\t1\tHe came.\tnurse\n", "", r"set:5: the gender must be .*not 'man'"),
        (WINOMT + "male\t1\t\tnurse\n", "", r"set:5: the sentence is empty or damaged"),
        (CONTRASTIVE + "One.\tEins.\n", "", r"set:5: 2 cells .* the header names 5 columns"),
        (CONTRASTIVE.replace("en-fr", "french"), "", r"set:4: langpair must be two languages"),
        (CONTRASTIVE.replace("contrastive", "worse"), "contrastive", r"set:2: there is no contra"),
        (lines_of(ACES) + "{\n", "", r"set:4: not JSON"),
        (lines_of(ACES) + "[]\n", "", r"set:4: a JSON object is needed here"),
        (lines_of([{**ACES[0], "source": 3}]), "", r"set:1: source must be a text"),
        (SAMPLES["lingeval97"][:-1], "", r"set:17: no JSON list goes on here"),
        (SAMPLES["lingeval97"].replace('"type"', '"kind"'), "", r"set:2: there is no type; it has"),
        (SAMPLES["lingeval97"].replace("[\n   ", "3,[\n"), "lingeval97", r"set:\d+: "),
        (json.dumps([{**CONTRAPRO[0], "errors": 3}]), "", r"set:1: errors must be a list"),
        (SAMPLES["demetr"].replace("german", "klingon"), "", r"set:2: lang_tag must be one of"),
    ],
)
def test_a_bad_line_is_named(text: str, kind: str, message: str, tmp_path: Path) -> None:
    assert re.search(message, found := refusal(tmp_path, text, kind=kind)), found


def test_sets_of_other_languages_and_two_of_one_name_are_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path, WINOMT, ("en", "fr")) == (
        "/mine.of.set: sets of the kind winomt are English (en) to German (de), but this run "
        "translates English (en) to fr; leave it out"
    )
    place = str(tmp_path / "mine.of.set")
    with pytest.raises(InputError, match="two challenge sets are called mine"):
        list(read_sets([place, f"{place}:winomt"], EN_DE))
    with pytest.raises(InputError, match=r"a folder without a file that ends in \.json"):
        given_set(str(tmp_path))
    odd = tmp_path / "file:winomt"
    odd.write_text(CONTRASTIVE, encoding="utf-8")
    assert given_set(str(odd)).loader.name == "contrastive"
