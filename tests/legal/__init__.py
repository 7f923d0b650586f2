"""Lifecycles that are far from the reference and legal: no requirement may fail on one of them."""
