"""Bias and challenge sets: the section and its figures."""
