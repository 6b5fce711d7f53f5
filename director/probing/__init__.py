"""Floor 4: ask live endpoints, safely, and tell exactly what happened."""
