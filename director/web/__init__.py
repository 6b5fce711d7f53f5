"""The service's web server: API, gates, hooks, stream, access, dashboard."""
