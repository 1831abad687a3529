"""The first screen: what was pruned, how far quality holds, the claims, and what to do next."""
