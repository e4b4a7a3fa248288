"""The one word that Django's media view and the asynchronous front share."""

FILE_HEADER = "X-Dailies-File"
"""Carries the path of the file to send instead of the answer's body; never leaves the process."""
