"""What a clone does to become its user's: the parent's server and kernel are made theirs."""
