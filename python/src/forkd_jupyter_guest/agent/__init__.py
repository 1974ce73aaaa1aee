"""The processes that a controller talks to, and the sandbox that each of them serves."""
