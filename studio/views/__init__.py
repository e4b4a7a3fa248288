"""Requests in, pages out. What is decided, is decided in services."""
