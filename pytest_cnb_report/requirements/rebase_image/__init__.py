"""The rebased image and its metadata: texts, rules and faults."""
