"""Dailies: a self-hosted prompt-to-video studio."""

from studio.sqlite import take_safe_sqlite

take_safe_sqlite()
