"""Floor 4: where events go. The log first; each sink hangs on its own bounded queue."""
