"""What the fixtures for other people's own tests give out."""
