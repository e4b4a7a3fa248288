"""What the five APIs share while the server runs: jobs, files, time, limits, faults, journal."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from aiohttp import web

from studio.demo import files, images
from studio.demo.clock import Clock
from studio.demo.exchange import Exchange
from studio.demo.faults import FaultBook
from studio.demo.jobs import Job, JobStore, State
from studio.demo.journal import Journal
from studio.demo.limits import Allowance, Limiter, Rate
from studio.demo.problem import Problem, Reason, not_found
from studio.demo.rendering import Renderer
from studio.demo.settings import Settings
from studio.demo.signing import LinkState, Signer
from studio.demo.sizes import SHORT_SIDE, SMALLER, TINY_SHORT_SIDE, frame_size, parse_ratio
from studio.demo.spec import Spec
from studio.demo.uploads import Blobs, UploadStore


class Hub:
    """Everything under `state_dir` survives a restart: jobs, pictures, clips, the link secret."""

    def __init__(self, state_dir: Path, settings: Settings) -> None:
        state_dir.mkdir(parents=True, exist_ok=True)
        self.started_with = self.settings = settings
        self.clock = Clock()
        self.jobs = JobStore(state_dir, self.clock)
        self.uploads = UploadStore(state_dir)
        self.blobs = Blobs(state_dir / "pictures")
        self.renderer = Renderer(state_dir / "clips", self.jobs, self.clock)
        self.faults = FaultBook()
        self.journal = Journal(state_dir / "journal.jsonl")
        self.limiter = Limiter()
        self.signer = Signer(state_dir / "secret")

    def resume(self) -> None:
        """Render what the last run did not get to."""
        for job in self.jobs.unrendered():
            self.renderer.start(job)

    def reset(self) -> None:
        """Forget all jobs, uploads, faults, counts and entries; settings and time as at first."""
        self.settings = self.started_with
        self.clock.rewind()
        self.jobs.clear()
        self.uploads.clear()
        self.faults.remove()
        self.limiter.clear()
        self.journal.clear()

    async def close(self) -> None:
        await self.renderer.close()
        self.jobs.close()
        self.uploads.close()
        self.journal.flush()

    def keep_picture(self, data: bytes) -> Path:
        """Store a picture's bytes. Raises BadImage for what is none."""
        images.inspect(data)
        return self.blobs.save(data)

    def plan(
        self,
        *,
        prompt: str,
        duration_s: float,
        ratio: str = "",
        resolution: str = "720p",
        has_sound: bool = False,
        first: Path | None = None,
        last: Path | None = None,
        reference: Path | None = None,
    ) -> Spec:
        """The clip to render. Without a ratio it follows the first picture, else 16:9."""
        shares: tuple[int, int] = (16, 9)
        if ratio:
            shares = parse_ratio(ratio)
        elif first:
            facts = images.inspect(first.read_bytes())
            shares = (facts.width, facts.height)
        is_tiny = self.settings.render == "tiny"
        short_side = TINY_SHORT_SIDE if is_tiny else SHORT_SIDE[resolution]
        if self.settings.render == "small":
            short_side //= SMALLER
        width, height = frame_size(*shares, short_side)
        pictures = {} if is_tiny else {"first": first, "last": last, "reference": reference}
        return Spec(
            prompt=prompt,
            width=width,
            height=height,
            duration_s=duration_s,
            has_sound=has_sound,
            is_tiny=is_tiny,
            **{role: str(path) for role, path in pictures.items() if path},
        )

    def create(
        self,
        exchange: Exchange,
        job_id: str,
        spec: Spec,
        *,
        details: dict[str, Any] | None = None,
        cost: float = 0.0,
        idempotency: str = "",
    ) -> Job:
        """Accept a job: from here on it is kept, charged and rendered."""
        now = self.clock.now()
        job = Job(
            id=job_id,
            provider=exchange.api.slug,
            created_at=now,
            ready_at=now + self.settings.next_generating_s(),
            spec=replace(spec, take=job_id),
            details=details or {},
            cost=cost,
            idempotency=idempotency,
            outcome=exchange.outcome,
            error_code=exchange.error_code,
            error=exchange.error,
        )
        self.jobs.add(job)
        if job.outcome is State.SUCCEEDED:
            self.renderer.start(job)
        exchange.job_id, exchange.is_created = job.id, True
        return job

    def job(self, exchange: Exchange, job_id: str, what: str) -> Job:
        """A job of this API. Raises Problem (not found)."""
        if not (job := self.jobs.find(exchange.api.slug, job_id)):
            raise not_found(what)
        exchange.job_id = job.id
        return job

    def count_request(self, exchange: Exchange, group: str, rate: Rate) -> Allowance | None:
        """One more request in this group; None when the limits are off."""
        if not self.settings.has_limits:
            return None
        return self.limiter.take(f"{exchange.api.slug}:{group}", rate, self.clock.now())

    def check_concurrency(self, exchange: Exchange, limit: int, message: str) -> None:
        if self.settings.has_limits and self.jobs.unfinished(exchange.api.slug) >= limit:
            raise Problem(Reason.CONCURRENCY, message)

    def credit(self, provider: str) -> float:
        """What is left, in USD or the API's own unit."""
        return self.settings.balance - self.jobs.spent(provider)

    def link(
        self, exchange: Exchange, path: str, default_life_s: float, since: float | None = None
    ) -> str:
        """A signed address of this server, alive for the link life from now (or `since`)."""
        life_s = self.settings.link_life_s
        expires_at = (since or self.clock.now()) + (default_life_s if life_s is None else life_s)
        return f"{exchange.origin}{path}?{self.signer.query(path, expires_at)}"

    def check_link(self, exchange: Exchange) -> None:
        """Raises Problem when the request's signature is forged or its time is over."""
        query = exchange.request.query
        state = self.signer.check(
            exchange.request.path, query.get("exp", ""), query.get("sig", ""), self.clock.now()
        )
        if state is LinkState.FORGED:
            raise Problem(Reason.FORBIDDEN, "The link's signature does not match.")
        if state is LinkState.EXPIRED:
            raise Problem(Reason.EXPIRED, "The link has expired.")

    def serve_video(self, exchange: Exchange, job: Job) -> web.Response:
        """The job's clip, once the link is checked."""
        if not job.file:
            raise not_found("File")
        return files.serve(exchange, self.renderer.path(job), "video/mp4", job.etag)


async def picture_from_address(hub: Hub, address: str) -> Path:
    """Fetch and store a picture. Raises BadImage."""
    return hub.keep_picture(await images.fetch(address))


def picture_from_data_uri(hub: Hub, text: str) -> Path:
    """Decode and store a picture. Raises BadImage."""
    return hub.keep_picture(images.decode_data_uri(text))
