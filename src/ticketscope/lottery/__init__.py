"""How tickets are found: arms, levels, masks, and the training of each."""
