"""Floor 8: one module for each command."""
