"""A start, from the hub's call to the server's URL."""
