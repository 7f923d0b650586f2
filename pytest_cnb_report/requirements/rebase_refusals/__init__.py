"""Rebases that must be refused: texts, rules and faults."""
