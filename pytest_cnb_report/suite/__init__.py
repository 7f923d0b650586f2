"""Where the suite meets pytest."""
