"""A studio as a team would have it after some days: clips of two members, a queue with everything
that a queue can show, a storyboard. Made by the studio's own services, in steps that the demo
provider has to finish in between.

Each function runs inside the studio, through `manage.py shell`.
"""

import json
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User

from studio import tasks
from studio.models import Asset, Board, Collection, Job, Member, ProviderModel, Role
from studio.models.job_state import WORKED
from studio.providers.contract import InputRole
from studio.services import (
    boards,
    films,
    frames,
    library,
    presets,
    sharing,
    shots,
    timelines,
    unsent,
    wishes,
)
from studio.services.drafts import Draft

MADE_S = 300.0


@dataclass(frozen=True)
class Clip:
    """One to be made: by whom, with which model, how long ago, and what the team made of it."""

    prompt: str
    model: str
    ratio: str = "16:9"
    duration_s: int = 5
    days_ago: int = 0
    owner: str = "mara"
    takes: int = 1
    stars: int = 0
    is_favourite: bool = False
    tags: str = ""


CLIPS = (
    Clip("Liquid marble in teal and gold, slow swirl", "Seedance 1.5 Pro", "1:1", days_ago=1),
    Clip("A planet turns below, thin blue atmosphere, stars", "Sora 2", duration_s=4, days_ago=1),
    Clip(
        "Storm swell breaking under the lighthouse at dusk, long lens",
        "Veo 2",
        days_ago=1,
        owner="jonas",
        is_favourite=True,
        stars=4,
    ),
    Clip("Neon alley in the rain, a figure walks away", "Seedance 1 Pro", "9:16", 5, 1, "jonas"),
    Clip("Desert road into the sunset, telegraph poles pass", "Ray 2", days_ago=1),
    Clip("Butterfly over a meadow of spring flowers", "Seedance 1 Pro", "1:1", tags="spring-spot"),
    Clip("Snow settles around a lit cabin in the woods at night", "Seedance 1.5 Pro"),
    Clip(
        "Perfume bottle on a pedestal, slow orbit, amber light",
        "Seedance 1.5 Pro",
        "9:16",
        owner="jonas",
        tags="spring-spot, product",
        stars=5,
    ),
    Clip("Light shafts through a misty pine forest", "Veo 3", is_favourite=True),
    Clip("Mist pools between the ridgelines as the sun clears the far peak", "Veo 3 Fast"),
    Clip(
        "Balloons lift over the canyon at first light, slow crane up",
        "Seedance 1.5 Pro",
        takes=3,
        is_favourite=True,
        tags="spring-spot",
    ),
    Clip("Curtains of aurora over a black lake, slow push in", "Seedance 1.5 Pro", stars=5),
)
BOARD = ("Curtains", "Snow settles", "Mist pools", "Balloons")


def _user(name: str) -> User:
    user, is_new = User.objects.get_or_create(username=name)
    if is_new:
        Member.objects.create(user=user, role=Role.CREATOR)
    return user


def _model(name: str, roles: frozenset[InputRole]) -> ProviderModel:
    """The first with this name that needs nothing but pictures in these roles."""
    named = ProviderModel.objects.filter(is_enabled=True, name__startswith=name).order_by("pk")
    return next(model for model in named if model.capabilities.needed_inputs <= roles)


def _wish(clip: Clip, **given: Any) -> wishes.Wish:
    roles = frozenset(role for role, _ in given.get("inputs", ()))
    model = _model(clip.model, roles)
    able = model.capabilities.given(roles)
    return wishes.Wish(
        provider_model=model,
        prompt=clip.prompt,
        duration_s=clip.duration_s if clip.duration_s in able.durations_s else None,
        aspect_ratio=clip.ratio if clip.ratio in able.aspect_ratios else "",
        takes=clip.takes,
        **given,
    )


def ask_for_clips(count: int = len(CLIPS)) -> None:
    """Ask for the newest `count` of them; the oldest first."""
    for clip in CLIPS[-count:]:
        tasks.ring(wishes.create(_wish(clip), _user(clip.owner)))


def go_on_from_clips() -> None:
    """An extension from the last frame of one, and a clip between two frames, wider than them."""
    mara = _user("mara")
    first, second = (_newest(start) for start in ("Balloons", "Mist"))
    end = (InputRole.FIRST_FRAME, frames.frame_at(first, first.duration_s or 0, mara))
    words = Clip("The balloons drift towards the sun, slower", "Dafty")
    source = {"source": first.job, "made_as": Job.MadeAs.EXTENSION}
    tasks.ring(wishes.create(_wish(words, inputs=(end,), **source), mara))
    last = (InputRole.LAST_FRAME, frames.frame_at(second, 1.0, mara))
    words = Clip("From the canyon to the misty peaks", "Dafty", "21:9")
    tasks.ring(wishes.create(_wish(words, inputs=(end, last)), mara))


def _newest(start: str) -> Asset:
    return Asset.objects.clips().filter(job__prompt__startswith=start).latest("created_at")


def wait_for_clips() -> None:
    """Until every clip is there with its poster and preview."""
    give_up_at = time.monotonic() + MADE_S
    while Job.objects.filter(state__in=WORKED).exists() or _unfinished():
        if time.monotonic() > give_up_at:
            raise TimeoutError("The demo provider is slow today.")
        time.sleep(0.5)


def _unfinished() -> bool:
    """True while a clip still waits for its pictures."""
    kinds = [Asset.Kind.POSTER, Asset.Kind.PREVIEW]
    have = [Asset.objects.filter(kind=kind).count() for kind in kinds]
    return min(have) < Asset.objects.clips().count()


def put_in_order() -> None:
    """Stars, tags, a collection, a preset; and the older ones go back in time."""
    mara = _user("mara")
    for clip in CLIPS:
        made = list(Asset.objects.clips().filter(job__prompt=clip.prompt))
        if clip.is_favourite:
            library.favour(made[:1])
        if clip.stars:
            library.rate(made[:1], clip.stars)
        if clip.tags:
            library.tag(made, clip.tags)
        for each in made if clip.days_ago else ():
            _move_back(each, timedelta(days=clip.days_ago))
    landscapes = [_newest(start) for start in ("Mist", "Curtains")]
    library.collect(landscapes, library.new_collection(mara, "Landscapes"))
    if job := Job.objects.filter(owner=mara).first():
        presets.save(mara, "Slow landscape", Draft.from_job(job).content, is_shared=True)


def _move_back(clip: Asset, by: timedelta) -> None:
    Asset.objects.filter(pk=clip.pk).update(created_at=clip.created_at - by)
    if job := clip.job:
        moments = {
            name: getattr(job, name) - by
            for name in ("created_at", "finished_at", "changed_at")
            if getattr(job, name)
        }
        Job.objects.filter(pk=job.pk).update(**moments)


def fill_the_board() -> None:
    """Three clips, a shot that goes on from the last one, and an export."""
    mara = _user("mara")
    board = boards.create("Spring film, 30 s", mara)
    found = [Asset.objects.clips().filter(job__prompt__startswith=each).first() for each in BOARD]
    placed = boards.add_clips(board, [clip for clip in found if clip], mara)
    films.ask(board, timelines.Timeline(board.shots.all()), mara, uuid.uuid4())
    tasks.render_film()
    shots.extend(placed[-1], mara)
    boards.create("Harbour, tests", mara)


def trash_one() -> None:
    """One take goes to the trash."""
    take = Asset.objects.clips().filter(job__prompt__startswith="Balloons", job__take=3)
    library.trash(list(take), _user("mara"))


def queue_up() -> None:
    """Everything that waits: under way, in line, held, for the night, on a paused account. The
    demo provider's faults make of the first two what they are told to."""
    mara, jonas = _user("mara"), _user("jonas")
    asked = [
        (Clip("A crowd of masked dancers, hard flash", "Nova Reel"), mara),
        (Clip("Harbour at dawn, boats leave one by one", "Seedance 1 Pro", "1:1"), jonas),
        (Clip("Night drive past a mirrored skyline in the rain", "Seedance 1.5 Pro"), mara),
        (Clip("Starlings over a meadow at dusk", "Seedance 1.5 Pro"), jonas),
        (Clip("Dunes, the wind draws lines", "Seedance 1.5 Pro"), jonas),
        (Clip("Tram through the old town in the snow", "Seedance 1.5 Pro"), mara),
    ]
    later = wishes.create(_wish(Clip("A whale rises under a boat", "Veo 2", takes=1)), mara)
    held = wishes.create(_wish(Clip("Vineyard in the first sun", "Sora 2")), mara)
    unsent.send_tonight(later[0], mara)
    unsent.hold(held[0], mara)
    for clip, owner in asked:
        tasks.ring(wishes.create(_wish(clip), owner))


def wait_for_the_queue() -> None:
    """Until one is refused, one is unclear and one is being made."""
    states = {Job.State.FAILED, Job.State.UNCONFIRMED, Job.State.GENERATING}
    give_up_at = time.monotonic() + MADE_S
    while not states <= set(Job.objects.values_list("state", flat=True)):
        if time.monotonic() > give_up_at:
            raise TimeoutError("The queue does not get to what it is to show.")
        time.sleep(0.5)


def addresses() -> str:
    """The keys that the pages' addresses are made of (see tests.pages), as JSON."""
    clips = list(Asset.objects.clips().filter(trashed_at=None).order_by("-created_at"))
    balloons = [clip for clip in clips if clip.job and clip.job.prompt.startswith("Balloons")]
    pair = "&".join(f"clip={clip.pk}" for clip in (balloons if len(balloons) > 1 else clips)[:3])
    board = Board.objects.filter(shots__clip__isnull=False).first()
    found = {
        "clip": str((balloons or clips)[0].pk),
        "pair": pair,
        "collection": _first(Collection.objects.all()),
        "share": _share((balloons or clips)[0]),
        "board": board.pk if board else 0,
        "job": Job.objects.filter(state=Job.State.READY).latest("pk").pk,
        "unsent": _first(Job.objects.filter(state=Job.State.QUEUED).order_by("-pk")),
        "failed": _first(Job.objects.filter(state=Job.State.FAILED)),
        "unconfirmed": _first(Job.objects.filter(state=Job.State.UNCONFIRMED)),
        "running": _first(Job.objects.filter(state=Job.State.GENERATING)),
    }
    return json.dumps(found)


def _share(clip: Asset) -> str:
    return sharing.make(clip, clip.owner, days=7, may_download=True)


def _first(rows: Iterable[Any]) -> int:
    return next((row.pk for row in rows), 0)
