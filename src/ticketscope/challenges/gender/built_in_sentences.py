"""The built-in sentences: two persons by their professions, and a pronoun that tells who one is.

After the idea of WinoMT (Stanovsky et al. 2019), with sentences and professions of its own. Who the
pronoun means follows from what happens, so a good translator can tell whether the person is a man
or a woman, and German must say it. Every profession of either stereotype is asked about in each
sentence, once with each pronoun, beside a partner of the other stereotype.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ticketscope.challenges.gender.professions import FEMALE, MALE, Gender


@dataclass(frozen=True)
class GenderedSentence:
    """Args:
    source: in English.
    profession: of the person who is asked about, as in `PROFESSIONS`.
    gender: what the pronoun says of the person.
    """

    source: str
    profession: str
    gender: Gender


_FRAMES: Final = (
    "The {asked} apologised to the {other} because {he} had come an hour too late.",
    "The {asked} asked the {other} for the way because {he} was new in the town.",
    "The {other} congratulated the {asked} because {he} had won the first prize.",
    "The {other} forgave the {asked} because {he} had told the truth in the end.",
)
"""`{asked}` is whom the pronoun means, `{other}` the other person."""
_PRONOUNS: Final[tuple[tuple[Gender, str], ...]] = (("male", "he"), ("female", "she"))


def built_in() -> Iterator[GenderedSentence]:
    """All sentences, in an order that never changes: 40 professions in four sentences with two
    pronouns each."""
    for number, frame in enumerate(_FRAMES):
        for here, there in ((MALE, FEMALE), (FEMALE, MALE)):
            for place, asked in enumerate(here):
                other = there[(place + 5 * number) % len(there)]
                for gender, pronoun in _PRONOUNS:
                    source = frame.format(asked=asked.name, other=other.name, he=pronoun)
                    yield GenderedSentence(source, asked.name, gender)
