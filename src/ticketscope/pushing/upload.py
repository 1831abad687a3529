"""Sending a folder to the hub: only files whose digest is right, which are compared there, too."""

import glob
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ticketscope import __version__
from ticketscope.errors import InputError, JobError
from ticketscope.files import sha256
from ticketscope.pushing.repository import Entry, Repository

if TYPE_CHECKING:
    from huggingface_hub import HfApi


def require_token() -> None:
    """Raises `InputError` where there is no token; nobody is asked for one."""
    from huggingface_hub import get_token

    if not get_token():
        raise InputError(
            "push: there is no token of the Hugging Face hub here; set HF_TOKEN, or give "
            "hf auth login once; with --dry-run none is needed"
        )


def upload(repository: Repository, folder: Path, *, private: bool) -> str:
    """Send a folder that `write_folder` wrote; returns the address of the repository.

    What the hub has already is not sent again, so that an interrupted call goes on when it is given
    again. Other files of the repository stay.

    Raises `InputError` where a repository that is there is public and ought not to be; `JobError`
    where a file has changed since it was written, or the hub does not take the files or has others
    afterwards.
    """
    from huggingface_hub import HfApi

    for entry in repository.entries:
        if sha256(folder / entry.path) != entry.sha256:
            raise JobError(
                f"{folder / entry.path}: was changed meanwhile; give the same command again"
            )
    api = HfApi()
    with _explained(repository.id):
        address = api.create_repo(
            repository.id, repo_type=repository.type, private=private or None, exist_ok=True
        )
        if private and not api.repo_info(repository.id, repo_type=repository.type).private:
            raise InputError(
                f"--private: {repository.id} is there already and is public; make it private on "
                "the hub, name another --repo, or leave out --private"
            )
        api.upload_folder(
            repo_id=repository.id,
            repo_type=repository.type,
            folder_path=folder,
            allow_patterns=[glob.escape(entry.path) for entry in repository.entries],
            commit_message=f"Pushed by ticketscope {__version__}",
        )
        there = _there(api, repository)
    for entry in repository.entries:
        if there.get(entry.path) not in (entry.sha256, _git_id(folder, entry)):
            raise JobError(
                f"{repository.id}: the hub has another {entry.path} than was sent; give the same "
                "command again"
            )
    return str(address)


def _there(api: "HfApi", repository: Repository) -> dict[str, str]:
    """What the hub knows each file by: sha256 of a large one, git's own id of a small one."""
    from huggingface_hub import RepoFile

    listed = api.list_repo_tree(repository.id, repo_type=repository.type, recursive=True)
    return {
        file.path: file.lfs.sha256 if file.lfs else file.blob_id
        for file in listed
        if isinstance(file, RepoFile)
    }


def _git_id(folder: Path, entry: Entry) -> str:
    digest = hashlib.sha1(b"blob %d\0" % entry.size, usedforsecurity=False)
    with (folder / entry.path).open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


@contextmanager
def _explained(repo: str) -> Iterator[None]:
    """One line for whatever the client of the hub raises, which has no class of its own for it."""
    try:
        yield
    except (InputError, JobError, AssertionError):
        raise
    except Exception as error:
        why = " ".join(str(error).split()) or type(error).__name__
        raise JobError(
            f"{repo}: the Hugging Face hub did not take it ({why}); mend that and give the same "
            "command again: what it has is not sent twice"
        ) from error
