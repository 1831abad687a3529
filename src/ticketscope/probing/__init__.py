"""Small classifiers on frozen word vectors: what they can read off a layer, the layer holds."""
