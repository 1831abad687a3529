"""Code words: what no language inflects, such as A4, file.py, snake_case, camelCase, {name}."""

import re
from typing import Final

from ticketscope.damage.copied import counter_of
from ticketscope.damage.kind import Kind

_CODE: Final = re.compile(
    r"</?[a-zA-Z][^<>\s]*>|&[a-z]+;|%[sd]\b|\$?\{\w+\}"  # tags and places to fill in
    r"|(?<![\w@/.])(?:"
    r"[A-Za-z]\w*(?:[._:/\\]\w+)*_\w+|\w+(?:_\w+)+"  # snake_case
    r"|[a-z]+(?:[A-Z][a-z0-9]+)+|[A-Z][a-z]+(?:[A-Z][a-z0-9]+)+"  # camelCase
    r"|[A-Za-z]\w*\.[a-z]{2,4}(?![\w.])"  # file.py
    r"|(?!\d+(?:[kcmµ]?m|k?g|mg|[cm]?l|h|min|s|[kMGT]?B|[kMG]?Hz|k?Wh?|V|°?C|st|nd|rd|th|s)\b)"
    r"(?=\w*[A-Za-z])(?=\w*\d)\w+(?:-\w*\d\w*)*"  # A4, 4x4, MP3
    r")(?![\w@/])"
)

CODE_WORDS: Final = Kind(
    name="code_words",
    metric="recall",
    says="Of the words with digits or signs in them (A4, file.py, snake_case, tags) that source "
    "and reference share, the translation has so many, letter by letter.",
    counter=counter_of(_CODE),
)
