"""What pruning did to the weights of a network."""
