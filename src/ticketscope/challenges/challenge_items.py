"""What challenge sets ask: which translation is likelier, or what gender a translation says.

A loader makes these of the lines of a file, and says why it leaves lines out: each is counted.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ticketscope.challenges.gender.built_in_sentences import GenderedSentence
from ticketscope.controls import control_character
from ticketscope.errors import InputError


@dataclass(frozen=True)
class Choice:
    """A source with a right translation and wrong ones, all of which a network must find less
    likely (Sennrich 2017).

    Args:
        phenomenon: what the wrong ones get wrong, as the set calls it.
    """

    source: str
    right: str
    wrongs: tuple[str, ...]
    phenomenon: str


@dataclass(frozen=True)
class LeftOut:
    """Why a line of a file asks nothing."""

    reason: str


Item = Choice | GenderedSentence | LeftOut


def choice(source: str, right: str, wrongs: Iterable[str], phenomenon: str) -> Choice | LeftOut:
    """A choice, or what it lacks."""
    texts = (source, right, *(different := [wrong for wrong in wrongs if wrong != right]))
    if not different:
        return LeftOut("no translation differs from the right one")
    if not all(text.strip() for text in texts):
        return LeftOut("a text is empty")
    if any(map(control_character, (*texts, phenomenon))):
        return LeftOut("a text holds a control character")
    return Choice(source, right, tuple(different), phenomenon)


@dataclass(frozen=True)
class ChallengeSet:
    """A set as a network is asked it.

    Args:
        name: in tables.
        kind: the name of its loader.
        choices: what is asked by probabilities; or
        sentences: what is translated, for genders to be read.
        left_out: how many lines of its file are not asked, by reason.
    """

    name: str
    kind: str
    choices: Sequence[Choice] = ()
    sentences: Sequence[GenderedSentence] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)

    @property
    def num_left_out(self) -> int:
        """Lines of its file that are not asked."""
        return sum(self.left_out.values())

    def __str__(self) -> str:
        asked = len(self.choices) + len(self.sentences)
        said = f"{self.name} ({self.kind}): {asked:,} asked"
        reasons = "; ".join(f"{number:,}: {reason}" for reason, number in self.left_out.items())
        return f"{said}, {self.num_left_out:,} left out ({reasons})" if reasons else said


def gathered(name: str, kind: str, items: Iterable[Item], where: str) -> ChallengeSet:
    """The set of all items of a file.

    Raises `InputError` where none is left to be asked; `where` names the file.
    """
    choices: list[Choice] = []
    sentences: list[GenderedSentence] = []
    left_out: Counter[str] = Counter()
    for item in items:
        match item:
            case Choice():
                choices.append(item)
            case GenderedSentence():
                sentences.append(item)
            case LeftOut(reason):
                left_out[reason] += 1
    found = ChallengeSet(name, kind, choices, sentences, dict(sorted(left_out.items())))
    if not choices and not sentences:
        reasons = "; ".join(f"{number:,}: {reason}" for reason, number in left_out.items())
        raise InputError(
            f"{where}: nothing in it can be asked ({reasons or 'it is empty'}); give another file"
        )
    return found
