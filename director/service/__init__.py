"""Floor 6: running services are evaluated again, on a schedule or when something happens."""
