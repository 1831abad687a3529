"""What it took to make the networks of a lottery."""
