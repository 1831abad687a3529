"""The browser of examples."""
