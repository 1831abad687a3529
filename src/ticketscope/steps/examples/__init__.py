"""Sentences to be looked at, with what the networks make of them."""
