"""Floor 4: what a report looks like, one module for each format."""
