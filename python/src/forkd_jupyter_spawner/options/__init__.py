"""The operator's options: which are set for this spawner, and what a callable gives for it."""
