"""What a phase leaves alone: everything at the target that it was not asked to write."""
