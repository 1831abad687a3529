"""How well a network translates."""
