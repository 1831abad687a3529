"""A section for a table that no section of its own draws, drawn as the table says."""
