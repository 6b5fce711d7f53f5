"""Floor 1: frozen values, and nothing that does anything."""
