"""The ways between the hub and sandboxes."""
