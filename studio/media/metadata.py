"""Where a clip came from, written into the clip and beside it."""

import json
import os
import sys
import uuid
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer
from av.stream import Stream

from studio.media import children
from studio.media.errors import MediaError, NotAVideo
from studio.media.probe import mime_type_of

TITLE_CHARS = 80
FLAGS = {"movflags": "faststart+use_metadata_tags"}
MEMORY_BYTES = 1_500_000_000
TIME_LIMIT_S = 20.0


def labels(document: Mapping[str, Any]) -> dict[str, str]:
    """The fields of a file's own metadata that carry the document; players show the first two."""
    prompt = str(document.get("prompt", ""))
    return {
        "title": " ".join(str(document.get("title") or prompt).split())[:TITLE_CHARS],
        "description": prompt,
        "comment": json.dumps(document, ensure_ascii=False),
    }


def embed(source: Path, destination: Path, document: Mapping[str, Any]) -> None:
    """Copy the MP4 with `document` (and its `prompt`) in its own metadata.

    Pictures and sound are copied packet by packet, never encoded anew; the copy is compared
    with the source afterwards. Raises MediaError when anything would be lost.
    """
    try:
        copy_packets(source, destination, "mp4", FLAGS, labels(document))
    except (av.FFmpegError, ValueError) as e:
        raise MediaError("The clip's origin could not be written into it.", detail=str(e)) from e


def copy_packets(
    source: Path,
    destination: Path,
    format_name: str,
    options: Mapping[str, str],
    said: Mapping[str, str],
) -> None:
    """Copy pictures and sound with `said` in the place of the source's own metadata; where that is
    nothing, nothing is left of it.
    Raises av.FFmpegError, and ValueError where anything was lost."""
    with (
        av.open(str(source)) as original,
        av.open(str(destination), "w", format=format_name, options=dict(options)) as copy,
    ):
        copy.metadata.update(said)
        wanted = _pictures_and_sound(original)
        outs = {stream.index: copy.add_stream_from_template(stream) for stream in wanted}
        if not said:
            # A stream can be told about, too: its maker, its title.
            for out in outs.values():
                out.metadata.clear()
        for packet in original.demux(wanted):
            if packet.dts is not None:
                packet.stream = outs[packet.stream.index]
                copy.mux(packet)
    _compare(source, destination)


def _pictures_and_sound(container: InputContainer) -> list[Stream]:
    return [stream for stream in container.streams if stream.type in ("video", "audio")]


def _compare(source: Path, copy: Path) -> None:
    with av.open(str(source)) as left, av.open(str(copy)) as right:
        before, after = _weigh(left), _weigh(right)
    if before != after:
        raise ValueError(f"the copy differs: {before} became {after}")


def _weigh(container: InputContainer) -> Counter[str]:
    """Packets and payload bytes of each stream."""
    weight: Counter[str] = Counter()
    wanted = _pictures_and_sound(container)
    places = {stream.index: place for place, stream in enumerate(wanted)}
    for packet in container.demux(wanted):
        if packet.size:
            name = f"{packet.stream.type} {places[packet.stream.index]}"
            weight[f"{name} packets"] += 1
            weight[f"{name} bytes"] += packet.size
    return weight


def read(path: Path) -> dict[str, Any] | None:
    """The document that `embed` wrote; None where there is none. Raises NotAVideo."""
    try:
        with av.open(str(path)) as container:
            document = json.loads(container.metadata.get("comment", "null"))
    except av.FFmpegError as e:
        raise NotAVideo("The file cannot be read as a video.", detail=str(e)) from e
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def read_stranger(path: Path) -> dict[str, Any] | None:
    """The same of a file that may come from anywhere: it is opened in a child process with limits.
    Raises NotAVideo."""
    mime_type_of(path)
    try:
        document = children.run(
            "studio.media.metadata",
            str(path.absolute()),
            memory_bytes=MEMORY_BYTES,
            time_limit_s=TIME_LIMIT_S,
        )
    except children.ChildFailed as e:
        raise NotAVideo("The file cannot be read as a video.", detail=e.reason) from e
    return document if isinstance(document, dict) else None


def sidecar_of(path: Path) -> Path:
    return path.with_suffix(".json")


def write_sidecar(path: Path, document: Mapping[str, Any]) -> None:
    """The document as JSON beside the file; it appears whole or not at all."""
    draft = path.with_name(f"{path.stem}.{uuid.uuid4().hex}.part")
    with draft.open("w", encoding="utf-8") as file:
        json.dump(document, file, ensure_ascii=False, indent=2)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(sidecar_of(path))


def read_sidecar(path: Path) -> dict[str, Any] | None:
    """The document beside the file; None where there is none."""
    try:
        document = json.loads(sidecar_of(path).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return document if isinstance(document, dict) else None


if __name__ == "__main__":
    children.limit(sys.argv[1], sys.argv[2])
    try:
        print(json.dumps(read(Path(sys.argv[3]))))
    except (NotAVideo, RecursionError, MemoryError) as e:
        sys.exit(f"{type(e).__name__}: {e}")
