"""Commands that carry a run to where people look: tools for tracking, and the hub."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

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
        Go on, every half minute, until nobody works on the run any more.
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
