"""Networks that really shrink: which layers, neurons, heads and pieces go, and what is left."""
