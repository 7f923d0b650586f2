"""The conformance suite: every requirement, on every case that it is judged on.

Each function names one requirement of the catalogue; its cases and its rule are found by that
name. The module's own words are only a reminder: what is judged stands in `docs/requirements.md`.
"""
