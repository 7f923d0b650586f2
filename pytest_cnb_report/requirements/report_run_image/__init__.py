"""report.toml, the run image: texts, rules and faults."""
