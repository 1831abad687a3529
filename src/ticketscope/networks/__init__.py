"""Translation networks: what they are made of, how they are stored, loaded and asked."""
