"""The test sets of a dissection: read from the user's files, and kept in the run directory.

Nothing is cut into pieces here: each network has its own.
"""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from ticketscope import files
from ticketscope.config import Dissection
from ticketscope.corpus.parallel import VALIDATION, Pair, pairs_of_files
from ticketscope.corpus.prepare import HeldOutStreams
from ticketscope.corpus.stored_texts import REPORT, SIDES, ParallelText, StoredTexts, text_file
from ticketscope.errors import InputError
from ticketscope.runs import seals
from ticketscope.runs.looking import work_begins


def given_texts(study: Dissection) -> HeldOutStreams:
    """The files that the user gave, each read when it is first asked for.

    Raises `InputError` for a file that is not there, and while one is read with file and line for
    what is no UTF-8, for sides of unlike length and for files without a pair.
    """
    prefixes = dict(zip(study.in_domain, study.tests, strict=True))
    if study.validation:
        prefixes[VALIDATION] = study.validation
    streams: Mapping[str, Iterable[Pair]] = {
        name: pairs_of_files(name, prefix, study.languages) for name, prefix in prefixes.items()
    }
    return HeldOutStreams(streams)


def keep_texts(study: Dissection, folder: Path) -> bool:
    """Keep them in `folder`, unless that is done; returns whether it was done now."""
    if (folder / REPORT).exists():
        StoredTexts(folder).verify()
        return False
    work_begins()
    texts = given_texts(study)
    with files.folder_appearing(folder) as unfinished:
        for name in texts.names:
            text = texts.text(name)
            for side, sentences in zip(SIDES, (text.source, text.target), strict=True):
                lines = "".join(f"{sentence}\n" for sentence in sentences)
                files.write_text(unfinished / text_file(name, side), lines)
        report = {
            "languages": list(study.languages),
            "test_sets": list(texts.test_sets),
            "splits": {name: _about(texts.text(name)) for name in texts.names},
        }
        seals.write_sealed(unfinished / REPORT, report, unfinished.iterdir())
    return True


def check_same_texts(study: Dissection, folder: Path) -> None:
    """Raise `InputError` where the kept texts are others than the files hold. Files that are no
    longer there say nothing: what was kept is good enough."""
    report = StoredTexts(folder).report
    kept = {name: split["text_sha256"] for name, split in report["splits"].items()}
    names = (*study.in_domain, *((VALIDATION,) if study.validation else ()))
    mend = "give --out another place, or the texts it was made with"
    if report["languages"] != list(study.languages):
        raise InputError(
            f"{folder.parent}: was made for {' to '.join(report['languages'])}, not for "
            f"{' to '.join(study.languages)}; {mend}"
        )
    if unlike := sorted(set(names) ^ kept.keys()):
        raise InputError(f"{folder.parent}: was made on other texts ({', '.join(unlike)}); {mend}")
    try:
        texts = given_texts(study)
    except InputError:
        return
    for name in names:
        if _about(texts.text(name))["text_sha256"] != kept[name]:
            raise InputError(f"{folder.parent}: was made on other texts of {name}; {mend}")


def _about(text: ParallelText) -> dict[str, object]:
    pairs = list(zip(text.source, text.target, strict=True))
    content = "".join(f"{source}\n{target}\n" for source, target in pairs)
    return {
        "num_read": len(pairs),
        "num_pairs": len(pairs),
        "left_out": {},
        "num_empty": sum(not (source and target) for source, target in pairs),
        "text_sha256": hashlib.sha256(content.encode()).hexdigest(),
    }
