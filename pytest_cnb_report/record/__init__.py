"""A recorded run: what was observed, on disk, to be judged again without a lifecycle."""
