"""A rank that follows: the process that `lottery.ranks.followers` starts.

It makes the start of the level as the first rank does, takes from that one what is in it, and does
its share of every update. It reads of the run directory and writes nothing there.
"""

import os
import signal
import sys
import threading
import traceback
from pathlib import Path
from typing import NoReturn

import torch

from ticketscope.config import Experiment
from ticketscope.corpus.encoded import EncodedCorpus
from ticketscope.errors import InputError, JobError
from ticketscope.lottery import training
from ticketscope.lottery.origins import origin_of
from ticketscope.lottery.ranks.followers import FAILED, LOST, Order
from ticketscope.lottery.ranks.group import LostError, Meeting, joined
from ticketscope.lottery.starts import start_of
from ticketscope.runs.store import LevelId, Run


def follow(order: Order) -> None:
    """Be a rank of a training until it is done."""
    experiment = Experiment.model_validate_json(order.experiment)
    torch.set_num_threads(experiment.training.threads)
    if experiment.training.device == "cuda":
        torch.cuda.set_device(order.number)  # before anything is computed: some criteria train
    run, level = Run(Path(order.root)), LevelId(*order.level)
    meeting = Meeting.found(order.port, order.size)
    start = start_of(run, level, experiment, origin_of(run, experiment))
    with joined(meeting, order.number, experiment.training.device) as rank:
        training.follow(start.network, start.mask, EncodedCorpus(run.corpus), experiment, rank)


def main() -> NoReturn:
    """Read the order, follow, and end with a code that says how it went."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl-C: the first rank decides
    line = sys.stdin.buffer.readline()
    threading.Thread(target=_end_with_the_first, daemon=True).start()
    code = 0
    try:
        follow(Order.of(line))
    except (InputError, JobError) as error:
        print(error, file=sys.stderr)
        code = FAILED
    except LostError:
        code = LOST
    except Exception:
        traceback.print_exc()
        code = 1
    sys.stderr.flush()
    os._exit(code)  # whatever threads of libraries still wait for


def _end_with_the_first() -> None:
    """The other end of standard input is closed by the first rank alone, or by its death."""
    sys.stdin.buffer.read()
    os._exit(LOST)


if __name__ == "__main__":
    main()
