"""Speed and size: the section and its figure."""
