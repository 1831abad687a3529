"""Where the damage sits: the section and its figures."""
