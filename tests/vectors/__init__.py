"""The report vectors in fixtures: their shape, and that the judge says what they expect."""
