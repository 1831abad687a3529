"""Which weights go: criteria give scores, cuts say how many of them and in which company."""
