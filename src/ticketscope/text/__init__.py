"""Text as people write it: lines of files, words, pieces of a vocabulary, names of languages."""
