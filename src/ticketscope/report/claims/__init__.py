"""The claims and what the run says of them."""
