"""JupyterHub's single-user server, with what is different in a sandbox."""
