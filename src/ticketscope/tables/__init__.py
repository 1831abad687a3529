"""The tables of a run: what a table is, how it is written and read, and their definitions."""
