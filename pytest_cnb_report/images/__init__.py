"""Run images, built layer by layer, known exactly."""
