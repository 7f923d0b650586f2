"""What the outside world can see after a phase has run."""
