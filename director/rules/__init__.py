"""Floor 2: pure functions. Same input, same answer, for ever."""
