"""Whatever was created is deleted again: the journal, removals and the sweep."""
