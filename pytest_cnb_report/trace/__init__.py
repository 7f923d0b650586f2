"""Which sentence of which text is tested by what, and whether the text still has it."""
