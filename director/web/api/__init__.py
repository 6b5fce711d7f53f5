"""The HTTP API: each module declares its operations, and is all that knows them."""
