"""What the page shows of damage by kind."""
