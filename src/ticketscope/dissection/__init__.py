"""Networks that others trained: where they lie, what they are called, on which texts."""
