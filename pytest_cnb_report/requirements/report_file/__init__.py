"""report.toml, the file: texts, rules and faults."""
