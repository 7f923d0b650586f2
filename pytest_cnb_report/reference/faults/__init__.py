"""The reference lifecycle with one mistake each."""
