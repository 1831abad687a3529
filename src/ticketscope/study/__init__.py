"""The main job, from an experiment to its report, and what is said before and while it works."""
