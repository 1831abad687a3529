"""What a network holds of words, and how alike two networks are."""
