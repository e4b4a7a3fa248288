"""`download`: our whole fetch step against a plain download of the same file."""

import hashlib
import os
import shutil
import statistics
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.files import FileServer, write_clip
from bench.machine import CORES, favour, pin
from bench.report import Table
from bench.studio import Studio

ABOUT = """\
The same valid MP4 from the same local server (sendfile), in turns, onto the same disk, each on all
cores; medians. "Our fetch step" is all of it: room and lease, download with SHA-256, the check
(every packet read, parts decoded, in a process of its own), our metadata, fsync, rename, database.
curl writes the bytes and nothing else; the second row does by hand what makes them safe: fsync and
SHA-256. Target: 0.8 of curl. Memory is the fetching process's, above what it has before. Loopback
brings bytes as fast as memory does, which no provider's line can; so both are also measured as over
a line of 60 MB/s (480 Mbit/s)."""
LINE_MB_S = 60.0
LINE_TIMES = 2


@dataclass(frozen=True, slots=True)
class Plain:
    """A plain download: its time, and the time with fsync and SHA-256."""

    took_s: float
    safe_s: float


def bench(folder: Path, *, is_quick: bool) -> Table:
    """Alternating, so that both meet the same neighbours."""
    heads = ("way", "MB/s", "seconds", "ratio to curl", "MB above idle")
    table = Table("download", "Bringing a clip home", ABOUT, heads)
    size_mb, times = (20, 1) if is_quick else (700, 5)
    studio = Studio(folder, MAX_VIDEO_MB="100000")
    clip = write_clip(folder / "clip.mp4", size_mb * 1_000_000)
    size_mb = clip.stat().st_size // 1_000_000
    with FileServer(clip) as server:
        plain, ours = [], []
        for _ in range(times):
            plain.append(_curl(server.address, folder / "plain.mp4"))
            ours.append(_fetch(studio, server))
    curl_s = statistics.median(each.took_s for each in plain)
    safe_s = statistics.median(each.safe_s for each in plain)
    ours_s = statistics.median(each["took_s"] for each in ours)
    came_s = statistics.median(each["came_s"] for each in ours)
    above_mb = max(each["peak_mb"] - each["idle_mb"] for each in ours)
    for name, took_s, memory in (
        ("curl", curl_s, ""),
        ("curl, then fsync and SHA-256", safe_s, ""),
        ("ours, until the last byte was sent", came_s, ""),
        ("our fetch step", ours_s, f"{above_mb:.0f}"),
    ):
        ratio = f"{curl_s / took_s:.2f}"
        table.add(name, f"{size_mb / took_s:,.0f}", f"{took_s:.2f}", ratio, memory)
    _add_line(table, studio, clip, times)
    child_mb = max(each["child_mb"] for each in ours)
    table.notes.append(f"A file of {size_mb} MB, {times} times each; {_curl_words()}.")
    table.notes.append(f"The process that checks the file took {child_mb:.0f} MB at most.")
    return table


def _add_line(table: Table, studio: Studio, clip: Path, times: int) -> None:
    """The same over a line of ordinary speed."""
    with FileServer(clip, LINE_MB_S) as server:
        runs = [
            (_curl(server.address, clip.with_name("plain.mp4")), _fetch(studio, server))
            for _ in range(min(times, LINE_TIMES))
        ]
    size_mb = clip.stat().st_size / 1e6
    curl_s = statistics.median(plain.took_s for plain, _ in runs)
    ours_s = statistics.median(ours["took_s"] for _, ours in runs)
    for name, took_s in (("curl, 60 MB/s line", curl_s), ("our fetch step, same line", ours_s)):
        ratio = f"{curl_s / took_s:.2f}"
        table.add(name, f"{size_mb / took_s:,.0f}", f"{took_s:.2f}", ratio, "")


def _curl(address: str, path: Path) -> Plain:
    """Download with curl where there is one, else with wget."""
    curl, wget = shutil.which("curl"), shutil.which("wget")
    words = [curl, "-sSf", "-o", str(path), address] if curl else None
    words = words or [str(wget), "-q", "-O", str(path), address]
    began_at = time.monotonic()
    process = subprocess.Popen(words, start_new_session=True)  # noqa: S603
    pin(process.pid, set(CORES))
    favour(process.pid)
    if process.wait():
        raise RuntimeError(f"{words[0]} could not download the file.")
    took_s = time.monotonic() - began_at
    with path.open("rb") as file:
        os.fsync(file.fileno())
        hashlib.file_digest(file, "sha256")
    safe_s = time.monotonic() - began_at
    path.unlink()
    return Plain(took_s, safe_s)


def _curl_words() -> str:
    if not (curl := shutil.which("curl")):
        return "wget stands in for curl"
    text = subprocess.check_output([curl, "--version"], text=True)  # noqa: S603
    return " ".join(text.split()[:2])


def _fetch(studio: Studio, server: FileServer) -> dict[str, Any]:
    asked = {"origin": server.origin, "address": server.address}
    told: dict[str, Any] = studio.call("fetch", asked, cores=set(CORES))
    if told["state"] != "ready":
        raise RuntimeError(f"The clip was not fetched: {told['state']}.")
    told["came_s"] = server.last_sent_at - told["began_at"]
    Path(told["path"]).unlink()
    return told
