"""Numbers and text as the report words them."""

import re
import unicodedata
from collections.abc import Sequence

MINUS = "\u2212"
NO_BREAK = "\u00a0"


def percent(share: float) -> str:
    """0.488 as "48.8 %"."""
    return f"{100 * share:.1f}{NO_BREAK}%"


def about(share: float) -> str:
    """0.488 as "49 %"; 0.972 as "97.2 %", since one per cent is a large part of what is left."""
    return percent(share) if 0.95 <= share < 1 else f"{100 * share:.0f}{NO_BREAK}%"


def spelled(num: int) -> str:
    """3 as "three", 12 as "12"."""
    words = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    return words[num] if num < len(words) else count(num)


def capital(sentence: str) -> str:
    """With its first letter a capital."""
    return sentence[:1].upper() + sentence[1:]


def number(value: float, digits: int) -> str:
    """A number with a true minus sign, and no negative zero."""
    text = f"{value:.{digits}f}"
    return text.strip("-") if float(text) == 0 else text.replace("-", MINUS)


def significant(value: float) -> str:
    """Three digits and a true minus sign, where figures may be of any size."""
    return f"{value:.3g}".replace("-", MINUS)


def signed(value: float, digits: int = 2) -> str:
    """A difference, with its sign even when positive."""
    text = number(value, digits)
    return f"+{text}" if float(f"{value:.{digits}f}") > 0 else text


def count(value: int) -> str:
    """12345678 as "12,345,678"."""
    return f"{value:,}"


def size(num_bytes: int) -> str:
    """Bytes in megabytes (10^6), or few of them in kilobytes (10^3)."""
    if num_bytes < 100_000:
        return f"{num_bytes / 1e3:.1f}{NO_BREAK}kB"
    return f"{num_bytes / 1e6:.1f}{NO_BREAK}MB"


def duration(seconds: float) -> str:
    """Seconds as "1 h 02 min", "3 min 20 s" or "12 s"."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02d} min"
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"


def plural(num: int, noun: str) -> str:
    """1 "replicate", 2 "replicates"."""
    return f"{num} {noun}" if num == 1 else f"{num} {noun}s"


def listed(items: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def plain(markdown: str) -> str:
    r"""A sentence of Markdown as text: of links their words, no back-quotes, "\*" as "*"."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", markdown)
    return re.sub(r"\\(?=\W)|`", "", text)


def one_line(text: str) -> str:
    """White space, line breaks among it, as single spaces; without control characters."""
    kept = [letter for letter in re.sub(r"[^\S\u00a0]+", " ", text) if not _is_control(letter)]
    return "".join(kept).strip(" ")


def _is_control(letter: str) -> bool:
    return unicodedata.category(letter) == "Cc"
