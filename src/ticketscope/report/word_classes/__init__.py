"""What the page shows of words of one class at a time."""
