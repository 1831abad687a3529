"""A vocabulary without the pieces that no text of a corpus needs, in all files of a tokenizer."""
