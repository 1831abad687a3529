"""Parallel text: reading, cleaning, encoding once, fetching."""
