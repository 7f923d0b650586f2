"""The table of sentences: read from texts that are made up, never from the real ones."""
