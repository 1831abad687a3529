"""Where a network breaks: minimal pairs, slices of the test sets, sentences it lost."""
