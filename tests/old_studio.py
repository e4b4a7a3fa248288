"""A studio as an earlier Dailies left it: a database at an old state of its tables, with rows of
every kind, and the files they name. It is written with the models of that time."""

import hashlib
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from studio.services.backup import database
from tests.folders import DataFolder

BEGAN = datetime(2026, 3, 1, 12, tzinfo=UTC)
API_KEY = "sk_as-it-was-typed"
ROLES = {"mara": "owner", "jo": "manager", "ka": "creator"}
STATES = (
    *("queued", "submitting", "waiting", "generating", "fetching"),
    *("ready", "failed", "cancelled", "expired", "unconfirmed"),
)
SAYS_WHY = ("failed", "expired", "unconfirmed")
NEVER_SENT = ("queued", "cancelled")
CONTENT = b"pictures and sound, as they were"
CAPABILITIES = {
    "default_duration_s": 5,
    "references_exclude_frames": False,
    "takes_seed": True,
    "prompt_max_chars": 2000,
    "negative_prompt_max_chars": 0,
    "durations_s": [5, 10],
    "aspect_ratios": ["16:9", "9:16"],
    "resolutions": ["720p"],
    "sound": "optional",
    "inputs": {"first_frame": 1},
    "needed_inputs": [],
    "extras": [],
    "with_last_frame": None,
}
PRICE = {
    "amount": "0.05",
    "unit": "second",
    "currency": "USD",
    "resolution": "",
    "has_sound": None,
}
Rows = set[tuple[Any, ...]]


def build(folder: Path, state: str, *, jobs: int) -> DataFolder:
    """A data folder with a database at this migration of ours, and that many jobs."""
    home = DataFolder(folder, DEMO_PROVIDER="false")
    (folder / "media" / "clips").mkdir(parents=True)
    (folder / ".dailies").touch()
    (folder / "field.key").write_text("\n".join(settings.FIELD_KEYS))
    with database.opened(folder / "studio.sqlite3") as old:
        executor = MigrationExecutor(connections[old])
        others = {"admin", "auth", "contenttypes", "sessions"}
        nodes = [node for node in executor.loader.graph.leaf_nodes() if node[0] in others]
        target = [*nodes, ("studio", state)]
        executor.migrate(target)
        _Filling(executor.loader.project_state(target).apps, old, folder / "media").fill(jobs)
    return home


class _Filling:
    """Rows of every kind that there was."""

    def __init__(self, apps: Any, old: str, media: Path) -> None:
        self._apps, self._old, self._media = apps, old, media

    def _rows(self, name: str, app: str = "studio") -> Any:
        return self._apps.get_model(app, name)._base_manager.using(self._old)

    def fill(self, jobs: int) -> None:
        self._people()
        self._accounts()
        self._jobs(jobs)
        self._rows("Heartbeat").create(name="worker", at=BEGAN)
        known = self._apps.all_models["studio"]
        if "board" in known:
            self._order()

    def _people(self) -> None:
        users = self._rows("User", "auth")
        is_what = {"is_active": True, "password": "!"}
        self.mara = users.create(username="mara", is_superuser=True, is_staff=True, **is_what)
        users.create(username="jo", is_staff=True, **is_what)
        self.ka = users.create(username="ka", **is_what)
        if "member" in self._apps.all_models["studio"]:
            for user in users.all():
                self._rows("Member").create(user=user, role=ROLES[user.username])

    def _accounts(self) -> None:
        named = {"name": "Team", "base_url": "https://api.getimg.ai/v2"}
        self.account = self._rows("Provider").create(
            adapter_slug="getimg", api_key=API_KEY, **named
        )
        can = {"capabilities_json": CAPABILITIES, "prices_json": [PRICE]}
        self.model = self._rows("ProviderModel").create(
            provider=self.account, model_id="seedance-v1-5-pro", name="Seedance 1.5 Pro", **can
        )

    def _jobs(self, count: int) -> None:
        self.picture = self._rows("Asset").create(**self._file("image", "images/frame.png"))
        numbers = range(1, count + 1)
        clips = [self._clip(number) for number in numbers if state_of(number) == "ready"]
        self._rows("Asset").bulk_create(clips, batch_size=500)
        by_number = {int(Path(clip.relative_path).stem): clip for clip in clips}
        made = [self._job(number, by_number.get(number)) for number in numbers]
        self._rows("Job").bulk_create(made, batch_size=500)
        for clip, number in zip(clips, by_number, strict=True):
            clip.job_id = number
        self._rows("Asset").bulk_update(clips, ["job"], batch_size=500)
        self._rows("JobEvent").bulk_create(
            [event for job in made for event in self._events(job)], batch_size=500
        )
        self._rows("JobInput").bulk_create(
            [
                self._new("JobInput", job_id=number, role="first_frame", asset=self.picture)
                for number in range(1, count + 1, 3)
            ],
            batch_size=500,
        )

    def _new(self, name: str, **columns: Any) -> Any:
        return self._apps.get_model("studio", name)(**columns)

    def _clip(self, number: int) -> Any:
        facts = {"duration_s": 5.0, "fps": 24.0, "created_at": at(number)}
        return self._new("Asset", **self._file("video", f"clips/{number}.mp4"), **facts)

    def _file(self, kind: str, path: str) -> dict[str, Any]:
        place = self._media / path
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(CONTENT)
        kinds = {"kind": kind, "mime_type": "video/mp4" if kind == "video" else "image/png"}
        sizes = {"size_bytes": len(CONTENT), "width": 64, "height": 36}
        sha256 = hashlib.sha256(CONTENT).hexdigest()
        return kinds | sizes | {"relative_path": path, "sha256": sha256, "owner": self.mara}

    def _job(self, number: int, clip: Any) -> Any:
        state, moment = state_of(number), at(number)
        is_sent = state not in NEVER_SENT
        return self._new(
            "Job",
            id=number,
            batch=uuid.uuid4(),
            owner=self.mara if number % 2 else self.ka,
            provider=self.account,
            provider_model=self.model,
            prompt=f"Mist over a lake, take {number}",
            duration_s=5,
            extras={},
            state=state,
            error="As it was told then." if state in SAYS_WHY else "",
            remote_id=f"r-{number}" if is_sent else "",
            cost_estimated="0.25",
            cost_currency="USD",
            created_at=moment,
            sent_at=moment if is_sent else None,
            accepted_at=moment if is_sent else None,
            finished_at=moment + timedelta(minutes=2) if state in ("ready", "failed") else None,
            changed_at=moment,
            video=clip,
        )

    def _events(self, job: Any) -> Iterator[Any]:
        yield self._new("JobEvent", job_id=job.id, at=job.created_at, message="Queued")
        if job.sent_at:
            reply = {"status": "ok", "id": job.remote_id}
            yield self._new(
                "JobEvent",
                job_id=job.id,
                at=job.sent_at,
                from_state="queued",
                to_state=job.state,
                message="Moved",
                detail=reply,
            )

    def _order(self) -> None:
        """Boards, collections, drafts and the rest, which came later."""
        clip = self._rows("Asset").filter(kind="video").first()
        board = self._rows("Board").create(name="Spring", owner=self.mara)
        self._rows("Shot").create(board=board, clip=clip)
        self._rows("Film").create(board=board, by=self.mara, plan={"shots": []})
        best = self._rows("Collection").create(name="Best", owner=self.ka)
        self._rows("CollectionItem").create(collection=best, asset=clip)
        tag = self._rows("Tag").create(name="night")
        put = self._apps.get_model("studio", "Asset").tags.through
        put._base_manager.using(self._old).create(asset_id=clip.pk, tag_id=tag.pk)
        content = {"prompt": ["Fog"], "provider_model": [str(self.model.pk)]}
        self._rows("SavedDraft").create(owner=self.ka, content=content)
        self._rows("Preset").create(owner=self.ka, name="Fog", content=content)


def state_of(number: int) -> str:
    """Every state comes by; most jobs of a long life are ready."""
    return STATES[number - 1] if number <= len(STATES) else STATES[5 + number % 5]


def at(number: int) -> datetime:
    return BEGAN + timedelta(minutes=number)


# -- What stands in a database ---------------------------------------------------------------------

CHANGES_BY_ITSELF = {"django_migrations", "sqlite_sequence", "django_content_type"}


def columns_of(path: Path) -> dict[str, list[str]]:
    """The tables of a database file with their columns."""
    with closing(sqlite3.connect(path)) as found:
        tables = [
            name
            for (name,) in found.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            if name not in CHANGES_BY_ITSELF
        ]
        return {
            table: [row[1] for row in found.execute(f'PRAGMA table_info("{table}")')]
            for table in tables
        }


def rows_of(path: Path, table: str, columns: list[str]) -> Rows:
    """The whole table, as far as these columns."""
    names = ", ".join(f'"{name}"' for name in columns)
    with closing(sqlite3.connect(path)) as found:
        return set(found.execute(f'SELECT {names} FROM "{table}"'))  # noqa: S608 - names of its own
