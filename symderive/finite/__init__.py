"""Floor 2: what can be counted exactly."""
