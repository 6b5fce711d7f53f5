"""Floor 4: the append-only log, its tree and its seals, and who agreed to what."""
