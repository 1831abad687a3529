"""How much quality is left: the section, its figures, and how far BLEU holds."""
