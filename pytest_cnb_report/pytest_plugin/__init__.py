"""The hooks and fixtures of the suite; everything that they call is elsewhere."""
