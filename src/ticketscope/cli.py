"""The command line: which commands there are, and how errors become a line and an exit code."""

import os
import signal
import sys
from collections.abc import Callable
from typing import Literal, NoReturn

from cyclopts import App, CycloptsError, Group, Parameter

from ticketscope import __version__
from ticketscope.commands import (
    compare,
    data,
    dissect,
    gate,
    look,
    prune,
    restore,
    share,
    shrink,
    train,
)
from ticketscope.console import arguments, streams
from ticketscope.controls import printable
from ticketscope.errors import InputError, JobError, JobsFailedError
from ticketscope.files import explained
from ticketscope.machine import use_threads

EXAMPLES = """\
Examples:

- `ticketscope run demo` trains, prunes, measures and writes a report, in minutes and offline.
- `ticketscope run mine.toml --dry-run` says how large a run would be and how long it would take.
- `ticketscope compare runs/demo runs/mine` puts two runs side by side.
"""

app = App(
    name="ticketscope",
    version=__version__,
    help="Find lottery tickets in translation Transformers and see what pruning did to them.",
    default_parameter=Parameter(json_list=False),  # a file may be called [1].conllu
    help_epilogue=EXAMPLES,
    suppress_keyboard_interrupt=False,  # `main` says that the run can go on
    result_action="return_value",
)

_OTHER = Group("Other", sort_key=100)
app["--help"].group = app["--version"].group = (_OTHER,)

DONE, FAILED, WRONG_INPUT, INTERRUPTED = 0, 1, 2, 130

COMMANDS: dict[str, tuple[Callable[..., int | None], ...]] = {
    "Train": (train.run, train.recipes),
    "Prune": (prune.prune,),
    "Shrink": (shrink.shrink,),
    "Restore": (restore.restore,),
    "Dissect": (dissect.dissect,),
    "Look": (look.show, look.cost, look.report, look.translate, look.translations, look.probe),
    "Compare": (compare.compare,),
    "Gate": (gate.gate,),
    "Share": (share.export, share.push),
    "Data": (data.fetch, data.grammar, data.tasks),
}
"""By the groups of `--help`; each group is a module of `commands`. One that judges gives the exit
code."""

for position, (title, commands) in enumerate(COMMANDS.items()):
    group = Group(title, sort_key=position)
    for place, command in enumerate(commands):
        app.command(command, group=group, sort_key=place, help_epilogue="")


@app.command(group=_OTHER, help_epilogue="")
def completion(shell: Literal["bash", "zsh", "fish"]) -> None:
    """Print the script that lets a shell complete commands, options and files.

    Parameters
    ----------
    shell
        The shell. docs/first-run.md says where each shell looks for its script.
    """
    print(app.generate_completion(shell=shell))


def main() -> NoReturn:
    """Parse, do, and turn errors into one line and an exit code."""
    signal.signal(signal.SIGTERM, _interrupt)
    # What a library starts (a resource tracker, say) imports nothing from the working directory.
    os.environ["PYTHONSAFEPATH"] = "1"
    use_threads(1)  # tables come out the same however many cores there are
    code = DONE
    try:
        streams.prepare()
        _refuse_optimised()
        code = app(sys.argv[1:], exit_on_error=False, print_error=False) or DONE
        sys.stdout.flush()  # here, where it is understood that output has no place
    except CycloptsError as error:
        _say(arguments.explained(error))
        code = WRONG_INPUT
    except InputError as error:
        _say(error)
        code = WRONG_INPUT
    except streams.ReaderGone:
        code = FAILED
    except JobsFailedError as error:
        for told in str(error).split("\n"):
            _say(told)
        code = FAILED
    except JobError as error:
        _say(error)
        code = FAILED
    except KeyboardInterrupt:
        _say("interrupted; give the same command again to go on")
        code = INTERRUPTED
    except OSError as error:  # where no place of its own knows better
        line = explained(error)
        _say(line)
        code = WRONG_INPUT if isinstance(line, InputError) else FAILED
    streams.finish()
    sys.exit(code)


def _refuse_optimised() -> None:
    """Raises `InputError` where Python leaves assertions out: they guard every figure here."""
    if not __debug__:
        raise InputError(
            "Python runs with -O (or PYTHONOPTIMIZE), which removes the checks that guard the "
            "figures: start it without"
        )


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _say(message: object) -> None:
    """One line on standard error, whatever names are in it."""
    text = " ".join(map(printable, str(message).split("\n")))
    print(f"ticketscope: {text}", file=sys.stderr)
