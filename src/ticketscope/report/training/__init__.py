"""How the networks trained: the section and its figure."""
