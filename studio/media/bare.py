"""A clip without anything but its pictures and its sound."""

import uuid
from pathlib import Path

import av

from studio.media.errors import MediaError
from studio.media.metadata import copy_packets

FORMATS = {".mp4": "mp4", ".webm": "webm"}
FLAGS = {".mp4": {"movflags": "faststart"}, ".webm": {}}


def write_bare(source: Path, destination: Path) -> None:
    """Copy the clip packet by packet, without prompt, model or whatever else stands in the file's
    own metadata. The copy appears whole or not at all. Raises MediaError."""
    destination.parent.mkdir(parents=True, exist_ok=True)
    draft = destination.with_name(f"{destination.stem}.{uuid.uuid4().hex}.part")
    try:
        copy_packets(source, draft, FORMATS[source.suffix], FLAGS[source.suffix], {})
        draft.replace(destination)
    except (av.FFmpegError, ValueError, KeyError) as e:
        raise MediaError("The clip could not be made ready to be shared.", detail=str(e)) from e
    finally:
        draft.unlink(missing_ok=True)
