"""The conformance suite: one test for each phase, run on every scenario of it.

Which requirements are judged on a scenario follows from what it asks; `docs/requirements.md` has
all of them.
"""
