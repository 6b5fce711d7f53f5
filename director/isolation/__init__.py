"""Floor 4: plugins that nobody vouches for, each in worker processes of its own."""
