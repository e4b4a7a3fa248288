"""What a provider calls its file decides nothing about ours (row 33)."""

from pathlib import Path

import pytest
from django.conf import settings as studio_settings
from django.utils import timezone

from studio.models import Job
from studio.services import engine
from tests.boards import write_clip
from tests.file_server import FileServer, cut

CALLED = [
    "clip.html",
    "clip.svg",
    "clip.sh",
    "clip.lnk",
    "clip.exe",
    "clip.py",
    "clip",
    "clip.mp4.html",
    "clip.mp4%00.html",
    "..%2f..%2fclip.sh",
    "clip.webm?name=../x.sh",
]


@pytest.mark.parametrize("called", CALLED)
def test_a_clip_has_our_ending_whatever_its_provider_calls_it(
    make_provider, make_job, tmp_path: Path, called: str
):
    """CVE-2026-50023 (GHSA-c6mh-fpjc-4pr3), CVE-2024-38519: a dangerous ending came from what the
    other side said of its file."""
    write_clip(tmp_path / "clip.mp4", 0.5)
    with FileServer((tmp_path / "clip.mp4").read_bytes()) as server:
        named = f'attachment; filename="{called}"'
        server.then(cut(10**9, Content_Type="application/octet-stream", Content_Disposition=named))
        provider = make_provider(base_url="http://127.0.0.1:9")
        link = {"video_url": f"{server.url}/{called}", "made_at": timezone.now()}
        job = make_job(provider, state=Job.State.FETCHING, remote_id=called, **link)
        engine.step(job.pk)
    video = Job.objects.get(pk=job.pk).video
    assert video is not None
    assert (video.path.suffix, video.mime_type) == (".mp4", "video/mp4")
    kept = {p.suffix for p in Path(studio_settings.MEDIA_ROOT).rglob("*") if p.is_file()}
    assert kept <= {".mp4", ".json", ".jpg", ".png"}
