"""What each command does with its arguments; heavy imports stay inside the functions."""
