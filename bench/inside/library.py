"""Fills a studio with finished clips as rows, and measures the gallery's page from within."""

import os
import random
import statistics
import time
import uuid
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import OuterRef, Subquery
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from PIL import Image, ImageDraw

from studio.models import Asset, Job, Provider, ProviderModel, Tag
from studio.services import providers, thumbs

AT_ONCE = 500
SHAPES = ((1280, 720), (720, 1280), (960, 960), (1680, 720), (1024, 768))
PICTURES = 24
DAYS = 120
WORDS = [
    *("aurora", "canyon", "perfume", "lighthouse", "marble", "forest"),
    *("road", "earth", "mist", "swell", "neon", "dusk"),
]
WARM, TIMES = 3, 20


def library(document: dict[str, Any]) -> dict[str, Any]:
    """`clips`: how many. The session of a member, to look at them over HTTP."""
    providers.register_demo_accounts("http://127.0.0.1:9")
    Provider.objects.update(is_demo=False)
    members = [User.objects.create_user(name) for name in ("mara", "jonas", "ines", "tom")]
    dice = random.Random(1)  # noqa: S311
    clips = _clips(document["clips"], members, dice)
    _companions(clips, _pictures())
    _tags(clips, dice)
    browser = Client(SERVER_NAME="localhost")
    browser.force_login(members[0])
    return {"session": browser.cookies[settings.SESSION_COOKIE_NAME].value}


def _clips(count: int, members: list[User], dice: random.Random) -> list[Asset]:
    """Newest last; of each the job that made it."""
    models = list(ProviderModel.objects.select_related("provider"))
    now, step = timezone.now(), timedelta(days=DAYS) / count
    moments = [now - step * (count - number) for number in range(count)]
    jobs = [_job(dice, members, models, at) for at in moments]
    Job.objects.bulk_create(jobs, batch_size=AT_ONCE)
    clips = [_clip(dice, job) for job in jobs]
    Asset.objects.bulk_create(clips, batch_size=AT_ONCE)
    mine = Asset.objects.filter(job=OuterRef("pk"), kind=Asset.Kind.VIDEO).values("pk")
    Job.objects.update(video=Subquery(mine), state=Job.State.READY)
    return clips


def _job(dice: random.Random, members: list[User], models: list[ProviderModel], at: Any) -> Job:
    model = dice.choice(models)
    return Job(
        owner=dice.choice(members),
        provider=model.provider,
        provider_model=model,
        batch=uuid.uuid4(),
        prompt=" ".join(dice.choices(WORDS, k=14)),
        duration_s=5,
        seed=dice.randrange(10**6),
        state=Job.State.FAILED,
        error="Not yet.",
        cost_charged=Decimal(dice.randrange(20, 300)) / 100,
        cost_currency="USD",
        created_at=at,
        sent_at=at,
        finished_at=at,
        changed_at=at,
    )


def _clip(dice: random.Random, job: Job) -> Asset:
    width, height = dice.choice(SHAPES)
    return Asset(
        kind=Asset.Kind.VIDEO,
        relative_path=f"clips/{uuid.uuid4()}.mp4",
        sha256="0" * 64,
        size_bytes=dice.randrange(2, 20) * 1_000_000,
        mime_type="video/mp4",
        width=width,
        height=height,
        duration_s=dice.choice((4.0, 5.04, 8.0, 10.0)),
        fps=24,
        has_sound=dice.random() < 0.5,
        is_favourite=dice.random() < 0.1,
        rating=dice.choice((0, 0, 0, 3, 4, 5)),
        owner=job.owner,
        job=job,
        created_at=job.created_at,
    )


def _pictures() -> list[Path]:
    """Posters that all clips share, each with as much in it as a real one."""
    folder = Path(settings.MEDIA_ROOT) / "bench"
    folder.mkdir(parents=True)
    dice = random.Random(2)  # noqa: S311
    return [_picture(dice, folder / f"{number}.jpg") for number in range(PICTURES)]


def _picture(dice: random.Random, path: Path) -> Path:
    picture = Image.effect_noise((480, 270), 24).convert("RGB")
    draw = ImageDraw.Draw(picture)
    for _ in range(30):
        x, y, size = dice.randrange(480), dice.randrange(270), dice.randrange(20, 120)
        colour = tuple(dice.randrange(256) for _ in range(3))
        draw.ellipse((x - size, y - size, x + size, y + size), fill=colour)
    picture.save(path, quality=80)
    return path


def _companions(clips: list[Asset], pictures: list[Path]) -> None:
    """A poster with its small copy for each clip, and rows of a preview and a last frame."""
    rows = []
    for number, clip in enumerate(clips):
        poster = _companion(clip, Asset.Kind.POSTER, ".jpg", "image/jpeg")
        for path in (poster.path, thumbs.path_of(poster)):
            path.parent.mkdir(parents=True, exist_ok=True)
            os.link(pictures[number % len(pictures)], path)
        rows += [poster, _companion(clip, Asset.Kind.PREVIEW, ".mp4", "video/mp4")]
        rows.append(_companion(clip, Asset.Kind.LAST_FRAME, ".png", "image/png"))
    Asset.objects.bulk_create(rows, batch_size=AT_ONCE)


def _companion(clip: Asset, kind: str, extension: str, mime_type: str) -> Asset:
    return Asset(
        kind=kind,
        parent=clip,
        relative_path=f"clips/{clip.pk}.{kind}{extension}",
        sha256="0" * 64,
        size_bytes=1,
        mime_type=mime_type,
        width=480,
        height=270,
        owner=clip.owner,
        job=clip.job,
        created_at=clip.created_at,
    )


def _tags(clips: list[Asset], dice: random.Random) -> None:
    tags = Tag.objects.bulk_create(Tag(name=f"{word} spot") for word in WORDS)
    put = Asset.tags.through
    rows = [put(asset=clip, tag=dice.choice(tags)) for clip in clips if dice.random() < 0.2]
    put.objects.bulk_create(rows, batch_size=AT_ONCE)


def gallery_page(document: dict[str, Any]) -> dict[str, Any]:
    """`query`: of the view. How many queries its page takes, and milliseconds of the server's own
    time: the median without anything between it and the caller."""
    browser = Client(SERVER_NAME="localhost")
    browser.force_login(User.objects.get(username="mara"))
    address = f"/gallery/?{document['query']}"
    with CaptureQueriesContext(connection) as queries:
        answer = browser.get(address)
    asked = len(queries)
    took_ms = sorted(_timed_ms(browser, address) for _ in range(WARM + TIMES))[: TIMES + WARM]
    took_ms = [_timed_ms(browser, address) for _ in range(WARM + TIMES)][WARM:]
    if answer.status_code != 200:
        raise RuntimeError(f"{address} was answered with {answer.status_code}.")
    return {
        "queries": asked,
        "ms": statistics.median(took_ms),
    }


def _timed_ms(browser: Client, address: str) -> float:
    began = time.perf_counter()
    browser.get(address)
    return 1000 * (time.perf_counter() - began)
