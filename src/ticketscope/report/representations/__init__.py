"""What the networks hold and how complex it is: the sections and their figures."""
