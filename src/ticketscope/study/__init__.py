"""The main job, from an experiment to its report, with the plan before it and its progress."""
