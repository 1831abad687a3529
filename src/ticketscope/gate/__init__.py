"""A gate: rules on the figures of a run, and what each network makes of them."""
