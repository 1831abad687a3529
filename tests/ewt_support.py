"""Real pre-tokenised English with its spaces."""

import gzip
from collections.abc import Iterator

from tests_support import data_folder


def ewt_sentences() -> Iterator[tuple[list[str], list[bool]]]:
    """Words and SpaceAfter flags of UD English EWT dev."""
    words, flags, last_of_token = [], [], 0
    path = data_folder("ud_english_ewt") / "en_ewt-ud-dev.conllu.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            fields = line.rstrip("\n").split("\t")
            if fields == [""]:
                yield words, flags
                words, flags, last_of_token = [], [], 0
            elif fields[0].startswith("#") or "." in fields[0]:
                continue
            elif "-" in fields[0]:
                last_of_token = int(fields[0].split("-")[1])
                space_after_token = "SpaceAfter=No" not in fields[9]
            else:
                number = int(fields[0])
                words.append(fields[1])
                if number > last_of_token:
                    flags.append("SpaceAfter=No" not in fields[9])
                else:
                    flags.append(number == last_of_token and space_after_token)
