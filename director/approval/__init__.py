"""What people ask for around decisions, from the request to its end: waivers and overrides."""
