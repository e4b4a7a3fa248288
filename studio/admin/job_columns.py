"""What the job history says of a job, in columns and on the job's own page."""

from datetime import datetime

from django.contrib import admin
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from studio.admin.assets import picture
from studio.models import Job
from studio.services.providers import spent_words
from studio.templatetags.queue_tags import badge, span_words, timeline

NOTHING = "-"
PROMPT_CHARS = 80


class JobColumns:
    @admin.display(description="job")
    def number(self, job: Job) -> int:
        return job.pk

    @admin.display(description="picture")
    def thumb(self, job: Job) -> SafeString:
        return _thumb(job)

    @admin.display(description="state")
    def standing(self, job: Job) -> SafeString:
        shown = badge(job)
        asks = " · asks something" if job.question else ""
        return format_html('<span class="state state--{}">{}{}</span>', shown.css, shown.word, asks)

    @admin.display(description="prompt")
    def short_prompt(self, job: Job) -> str:
        is_long = len(job.prompt) > PROMPT_CHARS
        return f"{job.prompt[:PROMPT_CHARS]}…" if is_long else job.prompt

    @admin.display(description="model")
    def model_name(self, job: Job) -> str:
        return job.provider_model.name

    @admin.display(description="provider")
    def provider_name(self, job: Job) -> str:
        return job.provider.name

    @admin.display(description="member")
    def member(self, job: Job) -> str:
        return job.owner.get_username()

    @admin.display(description="estimated")
    def estimated(self, job: Job) -> str:
        return spent_words(job.estimated) or NOTHING

    @admin.display(description="cost")
    def cost(self, job: Job) -> SafeString:
        """As the queue says it, with its standing: charged, may be charged, not charged."""
        words = render_to_string("jobs/_cost_cell.html", {"job": job})
        return format_html('<span class="cost">{}</span>', words)

    @admin.display(description="in the queue")
    def in_queue(self, job: Job) -> str:
        return _between(job.created_at, job.accepted_at)

    @admin.display(description="to make")
    def to_make(self, job: Job) -> str:
        return _between(job.accepted_at, job.made_at)

    @admin.display(description="in all")
    def in_all(self, job: Job) -> str:
        return _between(job.created_at, job.finished_at)

    # -- Its own page ------------------------------------------------------------------------

    @admin.display(description="clip")
    def clip(self, job: Job) -> SafeString | str:
        if job.video is None or job.video.erased_at is not None:
            return NOTHING
        address = reverse("studio:clip", args=[job.video.pk])
        return format_html('<a href="{}">{} Clip of job {}</a>', address, _thumb(job), job.pk)

    @admin.display(description="pictures given")
    def pictures(self, job: Job) -> SafeString | str:
        given = [(each.get_role_display(), picture(each.asset)) for each in job.inputs.all()]
        template = "admin/studio/job/inputs.html"
        return render_to_string(template, {"inputs": given}) if given else NOTHING

    @admin.display(description="timeline")
    def timeline(self, job: Job) -> SafeString:
        lines = [
            (line, _state(line.event.from_state), _state(line.event.to_state))
            for line in timeline(job.events.select_related("actor"))
        ]
        return render_to_string("admin/studio/job/timeline.html", {"lines": lines})


def _thumb(job: Job) -> SafeString:
    is_gone = job.video is not None and job.video.trashed_at is not None
    return SafeString("") if is_gone else picture(job.thumb)


def _state(value: str) -> str:
    return str(Job.State(value).label) if value in Job.State.values else value


def _between(start: datetime | None, end: datetime | None) -> str:
    """How long it took; nothing where a moment is missing."""
    return span_words((end - start).total_seconds()) if start and end else NOTHING
