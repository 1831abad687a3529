"""What a page is made of, and how it words numbers."""
