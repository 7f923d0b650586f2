"""Run one phase of a lifecycle on a scenario, knowing no requirement."""
