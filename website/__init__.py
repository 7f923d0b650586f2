"""What makes the site of the documentation out of `docs`, beside MkDocs."""
