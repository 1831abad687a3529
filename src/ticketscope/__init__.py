"""ticketscope: lottery tickets in translation Transformers, and what pruning did to them."""

__version__ = "0.1.0"
