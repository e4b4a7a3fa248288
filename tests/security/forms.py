"""What the pages' forms post, in one: every view takes of it what it knows."""

import uuid
from typing import Any

from tests.live import PASSWORD
from tests.security.world import World

WORDS = (
    "name",
    "prompt",
    "negative_prompt",
    "preset_name",
    "tag",
    "new_collection",
    "new_board",
    "remote_id",
    "list-place",
    "extra-camera",
    "username",
    "email",
    "text",
    "q",
)
CHOICES = (
    "do",
    "action",
    "role",
    "made_as",
    "transition",
    "size",
    "rate",
    "theme",
    "language",
    "look",
    "view",
    "sort",
    "state",
    "next",
    "layout",
    "aspect_ratio",
    "resolution",
    "has_sound",
)


def sensible(world: World) -> dict[str, Any]:
    """A form that most views accept."""
    said = dict.fromkeys(WORDS, "Mist over a lake")
    chosen = {
        "do": "hold",
        "action": "favourite",
        "role": "first_frame",
        "made_as": "remix",
        "transition": "dissolve",
        "size": "source",
        "rate": "source",
        "theme": "dark",
        "language": "de",
        "look": "rows",
        "view": "",
        "sort": "",
        "state": "",
        "next": "/queue/",
        "layout": "side",
        "aspect_ratio": "16:9",
        "resolution": "720p",
        "has_sound": "on",
    }
    numbers = {
        "provider_model": world.provider.models.first().pk,
        "clip": str(world.clip.pk),
        "pick": str(world.clip.pk),
        "first_frame": str(world.image.pk),
        "job": world.unsent.pk,
        "collection": world.collection.pk,
        "board": world.board.pk,
        "shot": world.shot.pk,
        "version": world.board.version,
        "source": world.job.pk,
        "duration_s": "5",
        "takes": "1",
        "seed": "7",
        "trim_in": "0",
        "trim_out": "1.5",
        "transition_s": "0.5",
        "at_s": "0.5",
        "at": "2030-05-31T02:00",
        "rating": "3",
        "to": "1",
        "by": "1",
        "before": "",
        "line": "2",
        "batch": str(uuid.UUID(int=1)),
        "token": str(uuid.UUID(int=2)),
        "confirmed": "1",
        "page": "1",
    }
    table = {"text": "prompt,duration_s\nMist,5\n", "password1": PASSWORD, "password2": PASSWORD}
    return said | chosen | numbers | table
