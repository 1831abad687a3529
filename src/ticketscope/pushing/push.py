"""Pushing a run: what is chosen of it is compared with its digests, laid out for the hub, and sent
at the user's word alone."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from ticketscope import __version__
from ticketscope.config import Dissection, Experiment
from ticketscope.config.paths import is_hub_id
from ticketscope.errors import InputError
from ticketscope.pushing.hub_cards import Publication, network_card, run_card
from ticketscope.pushing.repository import Entry, Repository, write_folder
from ticketscope.pushing.upload import require_token, upload
from ticketscope.report.reading.unedited import check_unedited
from ticketscope.runs.seals import FILES, read_sealed
from ticketscope.runs.store import MEND_CONFIG, LevelFolder, LevelId
from ticketscope.study.opened_run import OpenedRun, open_run
from ticketscope.tables.networks import NETWORKS

_CARD = "README.md"
_LICENSE = re.compile(r"[a-z0-9][a-z0-9.+-]*")
_ALL = ("*",)


def push(
    root: Path,
    publication: Publication,
    *,
    networks: Sequence[str] = (),
    report: bool = False,
    private: bool = False,
    out: Path | None = None,
    dry_run: bool = False,
    tell: Callable[[str], None],
) -> None:
    """Lay a run out as a repository of the hub, and send it unless it is a `dry_run`.

    Args:
        root: the run directory.
        publication: where to, and what the user says about it.
        networks: patterns of labels, such as `replicate-0/*/level-02`; empty: all networks.
        report: whether the page goes along.
        private: whether others are kept out.
        out: the folder to lay it out in; None: hub/OWNER/NAME, and nowhere in a dry run.
        tell: what takes each line about what is done.

    Raises `InputError` for a run that is not finished and for options that cannot be, `JobError`
    where a file is not as the run wrote it, or the hub does not take it.
    """
    _check(publication)
    opened = open_run(root)
    if unnamed := _unnamed_base(opened, publication):
        tell(unnamed)
    if not dry_run:
        require_token()
    repository = laid_out(opened, publication, networks, report=report)
    for entry in repository.entries:
        tell(f"{entry.size:>15,}  {entry.sha256}  {entry.path}")
    to = f"{repository.type} {repository.id}" + (", private" if private else "")
    tell(f"{len(repository.entries)} files, {repository.size / 1e6:,.1f} MB, for {to}")
    folder = out or Path("hub") / repository.id
    if out or not dry_run:
        write_folder(repository.entries, folder)
        tell(f"folder: {folder}")
    if dry_run:
        tell("a dry run: nothing was sent")
    else:
        tell(upload(repository, folder, private=private))


def _check(publication: Publication) -> None:
    for option, name in (("repo", publication.repo), ("base-model", publication.base_model)):
        if not is_hub_id(name) and not (option == "base-model" and not name):
            raise InputError(f"--{option} {name}: give an id of the Hugging Face hub, OWNER/NAME")
    if not publication.license:
        raise InputError(
            "push: give --license, under which you publish, as the hub calls it: apache-2.0, "
            "cc-by-nc-4.0, other; ticketscope does not choose one for you: the text that networks "
            "were trained on, or the network they started from, may not allow each"
        )
    if not _LICENSE.fullmatch(publication.license):
        raise InputError(
            f"--license {publication.license}: give an identifier of the hub, such as mit, "
            "apache-2.0, cc-by-nc-4.0 or other"
        )


def _unnamed_base(opened: OpenedRun, publication: Publication) -> str:
    """What to tell whoever names no base model of a run that started from one; "" otherwise.

    Raises `InputError` where one is named and the run did not start from any.
    """
    study = opened.study
    starts_from_one = isinstance(study, Experiment) and bool(study.model.pretrained)
    if publication.base_model and not starts_from_one:
        raise InputError(
            f"--base-model {publication.base_model}: {opened.files.root} did not start from a "
            "pretrained network; leave it out"
        )
    if publication.base_model or not starts_from_one:
        return ""
    return (
        "the run started from a pretrained network, which the cards do not name; if the hub has "
        "it, give --base-model OWNER/NAME"
    )


def laid_out(
    opened: OpenedRun, publication: Publication, networks: Sequence[str], *, report: bool
) -> Repository:
    """Every file of the repository, compared with its digest in the run.

    Of a dissection there are tables and cards alone: others made its networks, under licences that
    ticketscope does not know.
    """
    run, study = opened.files, opened.study
    if not run.checksums.is_file():
        raise InputError(f"{run.root}: is not finished; the command of this run goes on with it")
    check_unedited(run.root, edited=False)
    is_given = isinstance(study, Dissection)
    if is_given and networks:
        raise InputError(
            f"--networks {networks[0]}: others made the networks of a dissection, and only its "
            "tables are pushed; leave it out"
        )
    labels = [] if is_given else _chosen(opened, networks)
    scores = opened.table("quality")
    cards = {label: _card_of(run.level(label)) for label in labels}
    digest = read_sealed(run.config, MEND_CONFIG)["training_digest"]
    entries = [
        Entry.of_text(_CARD, run_card(cards, publication, study, digest, scores)),
        Entry.of_text("run.json", _identity(opened, digest, labels)),
    ]
    for label in labels:
        card = network_card(cards[label], label, publication, study, scores)
        entries.append(Entry.of_text(f"{label}/{_CARD}", card))
        entries += _network_files(run.level(label), label)
    entries += _tables(opened)
    if report:
        entries.append(Entry.of_file(run.report.name, run.report))
    return Repository(publication.repo, "dataset" if is_given else "model", tuple(entries))


def _chosen(opened: OpenedRun, patterns: Sequence[str]) -> list[LevelId]:
    """The networks that are there and are asked for, in the order of the plan."""
    run = opened.files
    there = [label for label in opened.labels if run.level(label).is_done()]
    for pattern in patterns:
        if not any(fnmatchcase(str(label), pattern) for label in there):
            raise InputError(
                f"--networks {pattern}: {run.root} has no such network; it has {there[-1]} "
                f"and {len(there) - 1} others"
            )
    return [
        label
        for label in there
        if any(fnmatchcase(str(label), pattern) for pattern in patterns or _ALL)
    ]


def _card_of(folder: LevelFolder) -> str:
    folder.verify()
    return (folder.ticket / _CARD).read_text(encoding="utf-8")


def _network_files(folder: LevelFolder, label: LevelId) -> Iterator[Entry]:
    """The model directory, its card left out, and beside it the mask or the units that are left."""
    digests = read_sealed(folder.done, folder.mend)[FILES]
    for name, digest in digests.items():
        file = folder.path / name
        if (file.parent == folder.ticket and file.name != _CARD) or file in (
            folder.masks,
            folder.units,
        ):
            yield Entry.of_file(f"{label}/{file.name}", file, digest)


def _tables(opened: OpenedRun) -> Iterator[Entry]:
    """Every table as it is, but for the places of networks on this machine."""
    run = opened.files
    for name, digest in read_sealed(run.checksums, MEND_CONFIG)[FILES].items():
        file = run.root / name
        if name == NETWORKS.file:
            yield Entry.of_text(name, _without_places(file))
        elif file.parent == run.tables:
            yield Entry.of_file(name, file, digest)


def _without_places(file: Path) -> str:
    """networks.csv with the name alone of each directory."""
    rows = list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows({**row, "directory": Path(row["directory"]).name} for row in rows)
    return text.getvalue()


def _identity(opened: OpenedRun, digest: str, labels: Sequence[LevelId]) -> str:
    """What decided the networks, and the digest of each: no paths, and nothing of this machine."""
    run = opened.files
    described = {
        "ticketscope": __version__,
        "training_digest": digest,
        "training_identity": run.stored("training_identity"),
        "networks": {str(label): run.level(label).digest() for label in labels},
    }
    return json.dumps(described, indent=1, ensure_ascii=False) + "\n"
