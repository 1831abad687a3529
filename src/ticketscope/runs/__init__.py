"""A run directory: its files and their seals, the jobs that fill it, and what they cost."""
