"""Addresses: of web pages, and of people who get mail."""

import re
from typing import Final

from ticketscope.damage.copied import counter_of
from ticketscope.damage.kind import Kind

_OUTSIDE: Final = r"\s<>“”„«»\u3000-\u30ff\u4e00-\u9fff\uff00-\uffef"
_URL: Final = re.compile(
    rf"(?:https?|ftp)://[^{_OUTSIDE}]+|\bwww\.[\w-]+\.[^{_OUTSIDE}]+"
    r"|[\w.+-]+@[\w-]+(?:\.[\w-]+)+",
    re.IGNORECASE,
)

URLS: Final = Kind(
    name="urls",
    metric="recall",
    says="Of the web and mail addresses that source and reference share, the translation has so "
    "many, letter by letter.",
    counter=counter_of(_URL),
)
