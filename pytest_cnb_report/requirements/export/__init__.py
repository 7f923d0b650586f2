"""The exported image: texts, rules and faults."""
