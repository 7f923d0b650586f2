"""What is required: one folder for each area, with texts, rules and faults side by side."""
