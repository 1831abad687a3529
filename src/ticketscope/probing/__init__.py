"""Small classifiers on frozen word vectors: a layer holds what they can read off it."""
