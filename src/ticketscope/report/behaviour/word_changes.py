"""Which words of two translations differ."""

from difflib import SequenceMatcher

from ticketscope.report.parts.part import Words


def changed_words(ours: str, other: str) -> tuple[Words, ...]:
    """`ours` in runs of words; changed are those that `other` lacks in this place.

    Words are what blanks separate. The runs joined by blanks are `ours` again, with its blanks made
    single.
    """
    words, others = ours.split(), other.split()
    matches = SequenceMatcher(None, words, others, autojunk=False).get_opcodes()
    return tuple(
        Words(" ".join(words[start:end]), changed=tag != "equal")
        for tag, start, end, _, _ in matches
        if start < end
    )
