"""CTranslate2: what it computes with, translations and log-probabilities by it."""
