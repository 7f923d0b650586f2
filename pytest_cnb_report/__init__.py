"""Conformance suite for implementations of the Cloud Native Buildpacks lifecycle."""
