"""The page of a dissection: networks that others made, each of which has its own row or line."""
