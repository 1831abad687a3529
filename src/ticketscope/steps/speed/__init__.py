"""How fast a network decodes."""
