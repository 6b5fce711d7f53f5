"""The dashboard: pages for people, and badges."""
