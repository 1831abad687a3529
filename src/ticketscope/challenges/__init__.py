"""Challenge sets: sentences that ask a network for one thing, built in or from files."""
