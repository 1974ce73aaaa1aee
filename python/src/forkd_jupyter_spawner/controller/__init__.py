"""A controller's REST API: what is asked, what is answered, and which failure that is."""
