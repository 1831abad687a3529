"""Commands that carry a run to where people look: tools for tracking, and the hub."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from ticketscope.console.arguments import Several
from ticketscope.controls import printable

if TYPE_CHECKING:
    from cyclopts.completion import CompletionContext


def _tools(_context: "CompletionContext") -> list[str]:
    """What a shell offers where a tool is asked for."""
    from ticketscope.exporters import EXPORTERS

    return list(EXPORTERS)


def export(
    run: Path,
    *,
    to: Annotated[str, Parameter(completer=_tools)],
    out: Path | None = None,
    project: str = "",
    online: Annotated[bool, Parameter(negative="")] = False,
    follow: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Show a run in TensorBoard, Weights & Biases or trackio: its trainings and main figures.

    Exporting again, while the run goes on or after, adds only what is new.

    Parameters
    ----------
    run
        The run directory.
    to
        The tool: tensorboard, wandb or trackio.
    out
        The folder to write to. When not given: tensorboard/ for TensorBoard, wandb/ for Weights &
        Biases (both in the working directory), and for trackio the place that it has for itself.
    project
        What the tool calls the collection of its runs; when not given, the name of the study.
    online
        Send it to the server of Weights & Biases. Without it nothing leaves this machine.
    follow
        Go on, look by look, until nobody works on the run any more, on this machine or another.
    """
    from ticketscope.exporters.export import export as exporting

    exporting(
        run,
        to,
        out=out,
        project=project,
        online=online,
        follow=follow,
        tell=lambda line: print(printable(line), flush=True),
    )


def push(
    run: Path,
    *,
    repo: str,
    license: str = "",
    networks: Annotated[tuple[str, ...], Several] = (),
    base_model: str = "",
    report: Annotated[bool, Parameter(negative="")] = False,
    private: Annotated[bool, Parameter(negative="")] = False,
    out: Path | None = None,
    dry_run: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Publish a finished run on the Hugging Face hub: tickets with cards, masks and tables.

    It lists every file with its size and sha256, lays them out in a folder, and sends that. Of a
    dissection only tables and a card are sent: others made its networks.

    Parameters
    ----------
    run
        The run directory.
    repo
        The repository, OWNER/NAME. It is made where it is not there.
    license
        Under which you publish, as the hub calls it: apache-2.0, cc-by-nc-4.0, other.
    networks
        Which networks, e.g. 'replicate-0/*/level-02'; all when not given. Give it several times for
        more.
    base_model
        The id on the hub of a pretrained network that the run started from, OWNER/NAME.
    report
        Send the report, too.
    private
        Keep others out.
    out
        The folder to lay the files out in; when not given, hub/OWNER/NAME.
    dry_run
        List the files and send nothing; they are laid out only with --out.
    """
    from ticketscope.pushing.hub_cards import Publication
    from ticketscope.pushing.push import push as pushing

    pushing(
        run,
        Publication(repo, license, base_model),
        networks=networks,
        report=report,
        private=private,
        out=out,
        dry_run=dry_run,
        tell=lambda line: print(printable(line), flush=True),
    )
