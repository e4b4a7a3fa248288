"""`manage.py generate`: ask for clips from a script."""

import time
from argparse import ArgumentParser, BooleanOptionalAction
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import CommandError

from studio import tasks
from studio.management.cli import StudioCommand, model_named, pairs, provider_named, user_named
from studio.media.errors import MediaError
from studio.models import Asset, Heartbeat, Job
from studio.providers.contract import InputRole
from studio.services import assets, wishes
from studio.services.export import job_document

DEFAULT_WAIT_S = 3600
WORDS = {"true": True, "false": False}


class Command(StudioCommand):
    help = (
        "Ask for one or more takes of a clip. Without --wait the jobs are queued and the command "
        "ends with status 0; with it, status 0 means that every job is ready."
    )
    example = (
        "manage.py generate --provider Team --model seedance-v1-5-pro --prompt 'Mist over a lake' "
        "--first-frame dawn.jpg --duration 5 --wait --json"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--provider", required=True, metavar="N")
        parser.add_argument("--model", default="", metavar="M", help="default: its first model")
        parser.add_argument("--prompt", required=True, metavar="P")
        parser.add_argument("--negative-prompt", default="", metavar="P")
        parser.add_argument("--first-frame", metavar="FILE")
        parser.add_argument("--last-frame", metavar="FILE")
        parser.add_argument("--reference", metavar="FILE", action="append", default=[])
        parser.add_argument("--source-video", metavar="FILE", help="a clip to extend")
        parser.add_argument("--duration", type=int, metavar="S", help="seconds")
        parser.add_argument("--aspect-ratio", default="", metavar="R", help="such as 16:9")
        parser.add_argument("--resolution", default="", metavar="R", help="such as 720p")
        parser.add_argument("--sound", action=BooleanOptionalAction, default=None)
        parser.add_argument("--seed", type=int, metavar="N")
        parser.add_argument(
            "--set",
            action="append",
            default=[],
            metavar="KEY=VALUE",
            dest="extras",
            help="an option that only this API has; may be repeated",
        )
        parser.add_argument("--takes", type=int, default=1, metavar="K", help="1 to 8")
        parser.add_argument(
            "--wait",
            type=float,
            nargs="?",
            const=DEFAULT_WAIT_S,
            metavar="SECONDS",
            help=f"wait until all have ended, at most so long (default {DEFAULT_WAIT_S})",
        )
        self.add_common(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            made = wishes.create(self._wish(options), user_named(options["acting_as"]))
        except (wishes.Refused, MediaError) as e:
            self._refuse(e, options)
        tasks.ring(made)
        if options["wait"] is not None:
            made = self._wait(made, options["wait"])
        if options["json"]:
            self.answer({"jobs": [job_document(job, with_events=True) for job in made]})
        else:
            for job in made:
                self.stdout.write(_line(job))
        if options["wait"] is not None and any(job.state != Job.State.READY for job in made):
            raise SystemExit(1)

    def _wish(self, options: dict[str, Any]) -> wishes.Wish:
        owner = user_named(options["acting_as"])
        provider = provider_named(options["provider"])
        return wishes.Wish(
            provider_model=model_named(provider, options["model"]),
            prompt=options["prompt"],
            negative_prompt=options["negative_prompt"],
            duration_s=options["duration"],
            aspect_ratio=options["aspect_ratio"],
            resolution=options["resolution"],
            has_sound=options["sound"],
            seed=options["seed"],
            extras={
                key: WORDS.get(value.lower(), value)
                for key, value in pairs(options["extras"], "--set").items()
            },
            inputs=tuple(_inputs(options, owner)),
            takes=options["takes"],
        )

    def _refuse(self, error: wishes.Refused | MediaError, options: dict[str, Any]) -> None:
        problems = error.problems if isinstance(error, wishes.Refused) else {}
        if options["json"]:
            self.answer({"error": str(error), "problems": problems, "jobs": []})
            raise SystemExit(1) from error
        raise CommandError(f"Nothing was sent. {error}") from error

    def _wait(self, made: list[Job], longest_s: float) -> list[Job]:
        """Poll our own database until every job has ended or waits for a person."""
        self._warn_without_worker()
        give_up_at = time.monotonic() + longest_s
        told: dict[int, str] = {}
        ids = [job.pk for job in made]
        while True:
            made = list(Job.objects.for_cards().filter(pk__in=ids).order_by("take"))
            for job in made:
                if told.get(job.pk) != job.state:
                    told[job.pk] = job.state
                    self.say(_line(job))
            if not any(job.is_worked_on for job in made) or time.monotonic() > give_up_at:
                return made
            time.sleep(0.3)

    def _warn_without_worker(self) -> None:
        if not Heartbeat.is_alive(tasks.WORKER):
            self.say("No worker was seen lately. The jobs wait until one runs: `make run`.")


def _inputs(options: dict[str, Any], owner: User) -> list[tuple[InputRole, Asset]]:
    files = [(InputRole.FIRST_FRAME, options["first_frame"])]
    files += [(InputRole.LAST_FRAME, options["last_frame"])]
    files += [(InputRole.REFERENCE, name) for name in options["reference"]]
    files += [(InputRole.SOURCE_VIDEO, options["source_video"])]
    return [(role, _stored(role, Path(name), owner)) for role, name in files if name]


def _stored(role: InputRole, path: Path, owner: User) -> Asset:
    store = assets.store_video if role is InputRole.SOURCE_VIDEO else assets.store_image
    try:
        with path.open("rb") as file:
            return store(file, owner=owner, name=path.name)
    except OSError as e:
        raise CommandError(f"{path} cannot be read: {e.strerror}. Nothing was sent.") from e


def _line(job: Job) -> str:
    where = f" {job.video.path}" if job.video else ""
    why = f": {job.error}" if job.error else ""
    return f"Job {job.pk} {job.get_state_display().lower()}{where}{why}"
