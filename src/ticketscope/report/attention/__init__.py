"""Attention on the page: the section and its figures."""
