"""What hooks into the hub itself: its start, its pages, its patience with a start."""
