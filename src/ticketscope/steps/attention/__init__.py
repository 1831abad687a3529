"""What the heads of a network attend to."""
