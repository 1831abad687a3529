"""Putting parts of the base back into a network that was made from it, in a new directory."""
