"""What is measured: numpy arrays in, numbers out. Nothing else of ticketscope is imported here."""
