"""A clip without anything but its pictures and its sound."""

import uuid
from pathlib import Path

import av

from studio.media.errors import MediaError
from studio.media.metadata import compare, pictures_and_sound

FORMATS = {".mp4": "mp4", ".webm": "webm"}


def write_bare(source: Path, destination: Path) -> None:
    """Copy the clip packet by packet, without prompt, model or whatever else stands in the file's
    own metadata. The copy appears whole or not at all. Raises MediaError."""
    destination.parent.mkdir(parents=True, exist_ok=True)
    draft = destination.with_name(f"{destination.stem}.{uuid.uuid4().hex}.part")
    try:
        _copy(source, draft, FORMATS[source.suffix])
        compare(source, draft)
        draft.replace(destination)
    except (av.FFmpegError, ValueError, KeyError) as e:
        raise MediaError("The clip could not be made ready to be shared.", detail=str(e)) from e
    finally:
        draft.unlink(missing_ok=True)


def _copy(source: Path, destination: Path, format_name: str) -> None:
    options = {"movflags": "faststart"} if format_name == "mp4" else {}
    with (
        av.open(str(source)) as original,
        av.open(str(destination), "w", format=format_name, options=options) as copy,
    ):
        wanted = pictures_and_sound(original)
        outs = {stream.index: copy.add_stream_from_template(stream) for stream in wanted}
        for out in outs.values():
            out.metadata.clear()
        for packet in original.demux(wanted):
            if packet.dts is not None:
                packet.stream = outs[packet.stream.index]
                copy.mux(packet)
