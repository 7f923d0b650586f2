"""The conformance suite: every requirement, on every case that it is judged on."""
