"""The space of scenarios: what can vary, what excludes what, and tables that cover it."""
