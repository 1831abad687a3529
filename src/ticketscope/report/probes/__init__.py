"""What probes read off the layers: the section and its figures."""
