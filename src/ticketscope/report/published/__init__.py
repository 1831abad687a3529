"""Figures that others published: the tables, and how they are set beside those of a run."""
