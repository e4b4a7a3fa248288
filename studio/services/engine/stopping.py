"""The word that this process is to end soon: long steps look for it and end early, whole."""

import threading

_asked = threading.Event()


def stop() -> None:
    """Ask every long step of this process to end at its next good place."""
    _asked.set()


def is_stopping() -> bool:
    return _asked.is_set()


def clear() -> None:
    """Forget it, for a process that goes on."""
    _asked.clear()
