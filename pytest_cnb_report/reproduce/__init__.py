"""A folder for each distinct failure, with all that is needed to see it again by hand."""
