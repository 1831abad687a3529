"""A little English with its German, regular enough for a tiny network to learn in seconds."""

import random
from collections.abc import Iterator
from itertools import islice

Pairs = list[tuple[str, str]]

# English, German, gender.
_NOUNS = [
    ("man", "Mann", "m"), ("dog", "Hund", "m"), ("table", "Tisch", "m"), ("key", "Schlüssel", "m"),
    ("woman", "Frau", "f"), ("cat", "Katze", "f"), ("door", "Tür", "f"), ("flower", "Blume", "f"),
    ("child", "Kind", "n"), ("house", "Haus", "n"), ("book", "Buch", "n"), ("girl", "Mädchen", "n"),
]  # fmt: skip
_ADJECTIVES = [("old", "alt"), ("new", "neu"), ("small", "klein"), ("green", "grün"),
               ("white", "weiß"), ("beautiful", "schön")]  # fmt: skip
_VERBS = [("sees", "sieht"), ("finds", "findet"), ("buys", "kauft"), ("hears", "hört"),
          ("loves", "liebt"), ("knows", "kennt")]  # fmt: skip
_NAMES = ["Anna", "Tom", "Zoë", "O'Neill"]
_ENDS = [("", ""), (" today", " heute"), (" again", " wieder"), (" in 2024", " im Jahr 2024")]
_ARTICLES = {
    ("the", "nominative"): {"m": "der", "f": "die", "n": "das"},
    ("the", "accusative"): {"m": "den", "f": "die", "n": "das"},
    ("a", "nominative"): {"m": "ein", "f": "eine", "n": "ein"},
    ("a", "accusative"): {"m": "einen", "f": "eine", "n": "ein"},
}
_ENDINGS = {"der": "e", "die": "e", "das": "e", "den": "en", "einen": "en", "eine": "e"}

_NUM_TEST = 40


def train_pairs(number: int = 1_500) -> Pairs:
    """What networks and tokenizers learn from."""
    return list(islice(_pairs(), _NUM_TEST, _NUM_TEST + number))


def test_pairs() -> Pairs:
    """Forty pairs that they have not seen."""
    return list(islice(_pairs(), _NUM_TEST))


def _pairs() -> Iterator[tuple[str, str]]:
    """Endless pairs, no source twice."""
    draw, seen = random.Random(7), set()
    while True:
        english, german = _sentence(draw)
        if english not in seen:
            seen.add(english)
            yield english, german


def _sentence(draw: random.Random) -> tuple[str, str]:
    subject, agent = _phrase(draw, "nominative")
    verb, tut = draw.choice(_VERBS)
    thing, ding = _phrase(draw, "accusative")
    end, schluss = draw.choice(_ENDS)
    mark = draw.choice(".....!")
    english = f"{subject} {verb} {thing}{end}{mark}"
    german = f"{agent} {tut}{schluss} {ding}{mark}"
    return english[0].upper() + english[1:], german[0].upper() + german[1:]


def _phrase(draw: random.Random, case: str) -> tuple[str, str]:
    if draw.random() < 0.2:
        name = draw.choice(_NAMES)
        return name, name
    noun, wort, gender = draw.choice(_NOUNS)
    article = draw.choice(["the", "a"])
    artikel = _ARTICLES[article, case][gender]
    if draw.random() < 0.5:
        return f"{article} {noun}", f"{artikel} {wort}"
    adjective, stem = draw.choice(_ADJECTIVES)
    weak = {"m": "er", "n": "es"}[gender] if artikel == "ein" else _ENDINGS[artikel]
    an = "an" if article == "a" and adjective == "old" else article
    return f"{an} {adjective} {noun}", f"{artikel} {stem}{weak} {wort}"
