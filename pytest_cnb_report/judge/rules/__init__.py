"""One pure rule for each requirement, in modules by area."""
