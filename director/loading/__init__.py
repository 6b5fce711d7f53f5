"""Floor 4: from files, the environment and entry points to values."""
