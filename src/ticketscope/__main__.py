"""``python -m ticketscope``."""

from ticketscope.cli import main

if __name__ == "__main__":
    main()
