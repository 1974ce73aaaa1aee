"""What a user may choose before a start, and what a choice sets."""
