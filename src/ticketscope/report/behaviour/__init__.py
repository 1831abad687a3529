"""What broke: the section, its figures, and words that changed."""
