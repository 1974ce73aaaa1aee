"""What spawner, guest and forwarder have in common: the standard library, and nothing else."""
