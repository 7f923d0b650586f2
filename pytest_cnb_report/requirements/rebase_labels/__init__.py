"""Labels at rebase: texts, rules and faults."""
