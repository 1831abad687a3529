"""Where the zeros are: the section and its figures."""
