"""A small, conformant lifecycle to try the suite on; it shares no code with the judge."""
