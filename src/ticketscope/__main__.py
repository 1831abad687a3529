"""``python -m ticketscope``."""

import os
import sys

import ticketscope

if __name__ == "__main__":
    # `-m` looks for modules in the working directory first, where a user's socket.py or numpy.py
    # would be taken for the real one.
    if sys.path[0] == os.getcwd():
        here = sys.path.pop(0)
        if ticketscope.__path__[0] == os.path.join(here, "ticketscope"):
            sys.path.append(here)  # started beside the package, which is installed nowhere

    from ticketscope.cli import main

    main()
