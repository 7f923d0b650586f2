"""Requirements on the image as a registry stores it."""
