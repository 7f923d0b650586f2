"""A Docker daemon: somebody else's, or one of our own."""
