"""Requirements, and one pure rule for each."""
