"""Figures and tables as files for a paper, notes and pull requests."""
