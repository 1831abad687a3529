"""The section on methods: what each loses or wins at equal retraining, and what it took."""
