"""A tiny WSGI application behind the front, for `test_front.py` to start in a real server."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from studio.front import MediaFront
from studio.media.handover import FILE_HEADER

ROOT = Path(os.environ["FRONT_ROOT"])
FILES = {
    "/clip": ROOT / "media" / "clip.mp4",
    "/outside": ROOT / "secret.txt",
    "/link": ROOT / "media" / "link.mp4",
    "/gone": ROOT / "media" / "gone.mp4",
}


def pages(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    path = FILES.get(environ["PATH_INFO"])
    if path is None:
        start("200 OK", [("Content-Type", "text/plain")])
        return [environ["REQUEST_METHOD"].encode() + environ["wsgi.input"].read()]
    headers = [("Content-Type", "video/mp4"), ("ETag", '"abc"'), (FILE_HEADER, str(path))]
    start("200 OK", [*headers, ("Content-Security-Policy", "sandbox")])
    return [b""]


application = MediaFront(
    pages, media_root=ROOT / "media", threads=4, accel_prefix=os.environ.get("FRONT_ACCEL", "")
)
