"""Whether a server lives, what is stored of it, and how it ended."""
