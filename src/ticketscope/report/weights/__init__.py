"""What pruning did to the weights: the section and its figures."""
