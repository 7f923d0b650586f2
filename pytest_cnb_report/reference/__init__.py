"""A small, conformant lifecycle to try the suite on; it shares no code with the judge.

`python -m pytest_cnb_report.reference PHASE ARGS…` behaves as `/cnb/lifecycle/PHASE ARGS…` does.
Read `rebaser.py` and `export.py` first: they say in the order of the work what a lifecycle does.
Each step is a method of its own, so that a faulty lifecycle (`faults/`) is this one with a single
method replaced.
"""
