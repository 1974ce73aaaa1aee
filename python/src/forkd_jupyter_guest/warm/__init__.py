"""What a parent does once, before the snapshot, so that no clone has to do it."""
