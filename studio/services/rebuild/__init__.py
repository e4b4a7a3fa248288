"""The gallery made again from the media folder alone: for a database that was lost.

Nothing that is there already is changed, so it can be asked for at any time, and again after it was
cut off. What the folder cannot say (passwords, keys of providers, storyboards, what came to
nothing) stays lost; accounts come back switched off and without a key.
"""

from studio.services.rebuild.run import Report, rebuild

__all__ = ["Report", "rebuild"]
