"""Proof that the suite catches what it must: every faulty lifecycle, and what caught it."""
