"""Tests that take minutes work with the services' fixtures."""

from tests.services.conftest import drive, fast_looks, make_account

__all__ = ["drive", "fast_looks", "make_account"]
