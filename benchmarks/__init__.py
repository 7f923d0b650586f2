"""Speed, measured side by side and told as ratios; never asserted in a timed test."""
