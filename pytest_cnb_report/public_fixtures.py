"""Fixtures for other people's tests."""

from __future__ import annotations
