"""Noise: the same every time, as strong as told, and never more than a reader can bear."""

import unicodedata
from difflib import SequenceMatcher

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketscope.text.noise import KINDS, noisy

ENGLISH = "Two young, White males are outside near many tall bushes, in Paris."
OTHERS = (
    "我喜欢吃苹果，也喜欢香蕉。",
    "これは、テストです。ABCとがぎ",
    "สวัสดีครับ ผม",
    "नमस्ते दुनिया।",
    "각 한국",
    "👩🏽‍🚀 cafe\u0301s",
)


@pytest.mark.parametrize(
    ("kind", "text", "made"),
    [
        ("accents", "Für Étienne, cafe\u0301s, ἄνθρωπος", "Fur Etienne, cafes, ανθρωπος"),
        ("accents", "がぎ йё नमस्ते ø ß", "がぎ йё नमस्ते ø ß"),  # no accents
        ("lower", "Der Bürger HAT Äpfel", "der bürger hat äpfel"),
        ("upper", "Two café, ok", "TWO CAFÉ, OK"),
        ("title", "don't you, iPhone", "Don't You, IPhone"),
        ("marks_dropped", "“Yes”, it costs (3.5) euros!", "Yes it costs 3.5 euros"),
        ("marks_dropped", "我喜欢，香蕉。", "我喜欢香蕉"),
        ("marks_dropped", "?", "?"),  # else it were empty
    ],
)
def test_what_noise_at_full_strength_makes(kind: str, text: str, made: str) -> None:
    assert noisy(text, kind, 1.0, seed=1) == made


def test_a_typo_is_one_of_four_slips_and_changes_a_letter_of_every_word() -> None:
    words = ENGLISH.replace(",", "").replace(".", "").split()
    slips = set()
    for seed in range(40):
        for word, typed in zip(
            words, noisy(" ".join(words), "typos", 1.0, seed).split(), strict=True
        ):
            assert typed != word
            slips.add(slip_of(word, typed))
    assert slips == {"swapped", "put in", "left out", "replaced"}


def slip_of(word: str, typed: str) -> str:
    """The one slip that makes the one of the other."""
    if len(typed) > len(word):
        assert word in {typed[:i] + typed[i + 1 :] for i in range(len(typed))}
        return "put in"
    if len(typed) < len(word):
        assert typed in {word[:i] + word[i + 1 :] for i in range(len(word))}
        return "left out"
    places = [i for i, pair in enumerate(zip(word, typed, strict=True)) if len(set(pair)) > 1]
    if len(places) == 1:
        return "replaced"
    first, second = places
    assert second == first + 1
    assert typed[first : second + 1] == word[second] + word[first]
    return "swapped"


def test_a_letter_in_place_of_another_is_of_a_key_beside_it() -> None:
    typed = {noisy("gg", "typos", 1.0, seed) for seed in range(400)}
    others = {text for text in typed if len(text) == 2}
    assert others == {f"{key}g" for key in "fhtyvb"} | {f"g{key}" for key in "fhtyvb"}
    assert {len(text) for text in typed} == {1, 2, 3}
    assert noisy("GG", "typos", 1.0, 3).isupper()


@pytest.mark.parametrize("kind", ["typos", "upper", "title", "marks_added", "spacing"])
def test_so_many_words_are_hit_and_a_stronger_noise_hits_them_too(kind: str) -> None:
    names = ["".join("abcdefghij"[int(digit)] for digit in f"{n:03}") for n in range(400)]
    sentences = [f"alpha beta gamma delta {name} epsilon" for name in names]
    hit = {}
    for strength in (0.1, 0.3, 1.0):
        made = [noisy(text, kind, strength, 5) for text in sentences]
        if kind == "spacing":  # a blank more or less
            num = sum(
                tag != "equal"
                for pair in zip(sentences, made, strict=True)
                for tag, *_ in SequenceMatcher(None, *pair, autojunk=False).get_opcodes()
            )
        else:
            pairs = [
                zip(a.split(), b.split(), strict=True) for a, b in zip(sentences, made, strict=True)
            ]
            changed = {
                (line, place): typed
                for line, pair in enumerate(pairs)
                for place, (word, typed) in enumerate(pair)
                if word != typed
            }
            assert hit.items() <= changed.items()
            hit, num = changed, len(changed)
        share = num / (6 * len(sentences))
        # Five standard deviations of 2,400 words.
        assert share == pytest.approx(strength, abs=5 * (strength * (1 - strength) / 2_400) ** 0.5)


@given(
    text=st.one_of(st.text(max_size=40), st.sampled_from([ENGLISH, *OTHERS])),
    kind=st.sampled_from(sorted(KINDS)),
    strength=st.sampled_from([0.1, 0.3, 1.0]),
    seed=st.integers(0, 5),
)
def test_any_text(text: str, kind: str, strength: float, seed: int) -> None:
    made = noisy(text, kind, strength, seed)
    assert made == noisy(text, kind, strength, seed)
    assert bool(made.strip()) == bool(text.strip())
    assert noisy(text, kind, 1e-12, seed) == text
    if kind not in ("lower", "upper", "title"):  # of which Unicode itself takes some apart
        assert _lonely_marks(made) <= _lonely_marks(text)


def _lonely_marks(text: str) -> int:
    """Combining marks at the start of the text or behind a blank."""
    before = [" ", *text]
    return sum(
        unicodedata.category(mark).startswith("M") and letter.isspace()
        for letter, mark in zip(before, text, strict=False)
    )


@pytest.mark.parametrize("text", OTHERS)
def test_other_scripts_keep_their_letters_whole(text: str) -> None:
    """Cutting and joining changes blanks alone, and typos happen to them, too."""
    assert noisy(text, "spacing", 1.0, 2).replace(" ", "") == text.replace(" ", "")
    typed = {noisy(text, "typos", 1.0, seed) for seed in range(5)}
    assert len(typed) > 1
