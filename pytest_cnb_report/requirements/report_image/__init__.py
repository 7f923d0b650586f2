"""report.toml, the app image: texts, rules and faults."""
