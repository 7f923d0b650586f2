"""The lifecycles that `--lifecycle` can name: one module for each kind, and one table of them."""
