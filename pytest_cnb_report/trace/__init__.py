"""Which sentence of which text is tested by what, and whether a checkout of the text still has it."""
