"""Gender of persons in translations: professions, sentences about them, and what German says."""
