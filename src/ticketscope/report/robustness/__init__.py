"""The section on robustness: what networks lose by noise in their sources."""
