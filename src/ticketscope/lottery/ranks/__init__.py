"""Processes that share one training: its ranks, and how the gradients of all become one."""
