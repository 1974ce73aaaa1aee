"""Kernels as jupyter_server sees them, and the one that all others are forked from."""
