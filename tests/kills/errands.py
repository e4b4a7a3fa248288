"""What a test asks of a studio whose workers are being killed: jobs, people's answers, facts."""

import io
import uuid
from typing import Any

from django.contrib.auth.models import User
from django.core.management import call_command
from django.utils import timezone
from huey.contrib.djhuey import HUEY
from PIL import Image

from studio import tasks
from studio.models import Asset, Film, Job, Provider
from studio.providers.contract import InputRole
from studio.services import assets, boards, engine, films, providers, rendering, wishes
from studio.services.engine.sweep import bare_clips
from studio.services.timelines import timeline_of
from tests.boards import write_clip


def prepare(demo: str) -> bool:
    """A studio with an owner, a picture and five accounts that are limited by nothing."""
    call_command("migrate", verbosity=0, interactive=False)
    owner = User.objects.create_superuser("mara", password="a long enough one")
    picture = io.BytesIO()
    Image.new("RGB", (64, 36), "teal").save(picture, "PNG")
    picture.seek(0)
    assets.store_image(picture, owner=owner, name="teal.png")
    providers.register_demo_accounts(demo)
    Provider.objects.update(creates_per_minute=100_000, concurrent_jobs=100_000)
    return True


def create(count: int, slugs: list[str]) -> list[int]:
    """Queue so many jobs, each with a prompt of its own, the APIs in turn; ring for them."""
    owner, picture = User.objects.get(), Asset.objects.get(kind=Asset.Kind.IMAGE)
    made: list[Job] = []
    for number in range(count):
        provider = Provider.objects.get(adapter_slug=slugs[number % len(slugs)])
        model = provider.models.order_by("position").first()
        assert model is not None
        needed = model.capabilities.needed_inputs & {InputRole.FIRST_FRAME}
        wish = wishes.Wish(
            provider_model=model,
            prompt=f"Take {uuid.uuid4()}",
            inputs=tuple((role, picture) for role in needed),
        )
        made += wishes.create(wish, owner)
    tasks.ring(made)
    return [job.pk for job in made]


def report() -> list[dict[str, Any]]:
    """Every job with its clip, and whether the file on disk is the one of the row."""
    found = Job.objects.select_related("provider", "video").order_by("pk")
    return [
        {
            "id": job.pk,
            "slug": job.provider.adapter_slug,
            "prompt": job.prompt,
            "state": job.state,
            "error": job.error,
            "question": job.question,
            "submit_attempts": job.submit_attempts,
            "remote_id": job.remote_id,
            "downloaded_sha256": job.video.downloaded_sha256 if job.video else "",
            "is_whole": job.video is None or assets.sha256_of(job.video.path) == job.video.sha256,
            "moves": [f"{e.from_state}>{e.to_state}" for e in job.events.exclude(to_state="")],
        }
        for job in found
    ]


def states() -> dict[str, int]:
    """How many jobs are in each state; "asking" counts those with a question."""
    counts: dict[str, int] = {}
    for state in Job.objects.values_list("state", flat=True):
        counts[state] = counts.get(state, 0) + 1
    return counts | {"asking": Job.objects.exclude(question="").count()}


def unconfirmed_late_s() -> float:
    """For how long the most belated send has been without a worker, in seconds."""
    ends = Job.objects.filter(state=Job.State.SUBMITTING).values_list("lease_until", flat=True)
    late = [(timezone.now() - end).total_seconds() for end in ends if end]
    return max(late, default=0.0)


def files() -> dict[str, list[str]]:
    """Clips in the media folder that no row tells of, and part files."""
    known = {str(asset.pk) for asset in Asset.objects.filter(kind=Asset.Kind.VIDEO)}
    root = tasks.settings.MEDIA_ROOT
    clips = [path for path in root.glob("clips/**/*.mp4") if path.name.split(".")[0] not in known]
    return {
        "bad": [str(path) for path in clips],
        "parts": [str(path) for path in root.glob("incoming/*.part")],
    }


def unfinished_clips() -> int:
    """How many clips lack a poster, preview or frame."""
    return len(bare_clips())


def ask_film(shots: int) -> int:
    """Export a board of so many shots of two seconds each; ring for it."""
    owner, key = User.objects.get(), uuid.uuid4()
    relative = assets.new_path("clips", ".mp4", key)
    write_clip(tasks.settings.MEDIA_ROOT / relative, 2.0, size=(640, 360))
    facts = {"mime_type": "video/mp4", "width": 640, "height": 360, "duration_s": 2.0, "fps": 24.0}
    row = {"relative_path": relative, "sha256": "0" * 64, "size_bytes": 1, "owner": owner}
    clip = Asset.objects.create(id=key, kind=Asset.Kind.VIDEO, **row, **facts)
    board = boards.create("Killed", owner)
    boards.add_clips(board, [clip] * shots, owner)
    film = films.ask(board, timeline_of(board), owner, uuid.uuid4(), size="1080p", rate="30")
    tasks.render_film()
    return film.pk


def film_report() -> dict[str, Any]:
    """The only film, and everything on the disk that is, or was to be, its file."""
    film, root = Film.objects.get(), tasks.settings.MEDIA_ROOT
    return {
        "state": film.state,
        "error": film.error,
        "percent": film.progress_percent,
        "attempts": film.attempts,
        "is_whole": film.file is not None and assets.sha256_of(film.file.path) == film.file.sha256,
        "duration_s": film.file.duration_s if film.file else None,
        "rows": Asset.objects.filter(kind=Asset.Kind.FILM).count(),
        "files": [
            path.suffix for path in sorted(root.glob("films/**/*.mp4")) if path.stem[36:] == ""
        ],
        "parts": len(list(root.glob("incoming/film-*"))),
    }


def ring_for_films() -> bool:
    """As the sweep does once a minute."""
    if rendering.is_waiting():
        tasks.render_film()
    return True


def empty_queue() -> bool:
    """Throw every bell away, those for later too."""
    HUEY.flush()
    return True


def held() -> int:
    """How many jobs a worker holds."""
    return Job.objects.filter(lease_token__isnull=False).count()


def sweep() -> bool:
    """Sweep as the worker does once a minute."""
    bells = engine.sweep()
    tasks.ring_for(bells.provider_ids, fetches=bells.fetches)
    return True
