"""Verdicts out to people and machines."""
