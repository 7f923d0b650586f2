"""The version of the suite, which every report carries."""

VERSION = "0.1.0"
