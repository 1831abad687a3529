"""Networks of the Hugging Face hub: fetched once, and then seen as the directories they lie in."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from ticketscope.config import Dissection, Side
from ticketscope.config.paths import is_hub_id
from ticketscope.errors import InputError
from ticketscope.runs.seals import read_sealed, write_sealed
from ticketscope.runs.store import Run

PLAIN_FILES: Final = ("*.safetensors", "*.json", "*.spm", "*.model", "*.txt")
"""What is fetched: weights that run no code when they are read, and what a tokenizer has."""
Fetch = Callable[[str, str], str]
"""From an id and a revision to the directory that has the files."""
_MEND = "delete it, and give the same command again"


def snapshot(network: str, revision: str) -> str:
    """The directory of a network of the hub, fetched unless an earlier run has done so.

    Raises `InputError` where the hub has none of this name, has it in other formats alone, or
    cannot be reached.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError

    try:
        place = snapshot_download(
            network, revision=revision or None, allow_patterns=list(PLAIN_FILES)
        )
    except (HfHubHTTPError, OSError, ValueError) as error:
        why = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise InputError(
            f"{network}: there is no such directory here, and the Hugging Face hub did not give "
            f"it ({why}); give a directory that has its files"
        ) from None
    if not any(Path(place).glob("*.safetensors")):
        raise InputError(
            f"{network}: the Hugging Face hub has no safetensors of it there, and other weights "
            "may hold code; name a --revision that has them (often refs/pr/1), or load it with "
            "transformers, if you trust it, store it with save_pretrained(FOLDER) and give that"
        )
    return place


def fetch(study: Dissection, run: Run, fetched: Fetch = snapshot) -> None:
    """Fetch every network that is an id of the hub, and note where each lies.

    Raises `InputError` as `snapshot` does.
    """
    ids = [side for side in study.sides if is_hub_id(side.network)]
    places = {_key(side): place for side in ids if (place := _noted(run).get(_key(side)))}
    for side in ids:
        if not Path(places.get(_key(side), "/-")).is_dir():
            places[_key(side)] = fetched(side.network, side.revision)
    if ids:
        write_sealed(run.hub, {"directories": places})


def directory_of(side: Side, run: Run) -> Path:
    """Where a network lies; one of the hub after `fetch`."""
    if not is_hub_id(side.network):
        return Path(side.network)
    return Path(_noted(run).get(_key(side), side.network))


def _key(side: Side) -> str:
    return f"{side.network}@{side.revision}" if side.revision else side.network


def _noted(run: Run) -> dict[str, Any]:
    if not run.hub.is_file():
        return {}
    found: dict[str, Any] = read_sealed(run.hub, _MEND)["directories"]
    return found
