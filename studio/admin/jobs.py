"""The job history: everything that was ever asked for, and what became of it."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from studio.admin import search
from studio.admin.filters import (
    AskingFilter,
    DayFilter,
    MemberFilter,
    ModelFilter,
    ProviderFilter,
    StateFilter,
)
from studio.admin.job_actions import JobActions
from studio.admin.job_columns import JobColumns
from studio.admin.lists import LongListAdmin
from studio.models import Job

ON_THE_PAGE: dict[str | None, tuple[str, ...]] = {
    None: ("clip", "standing", "error", "question", "prompt", "negative_prompt", "pictures"),
    "Asked of": ("owner", "provider", "provider_model", "remote_id"),
    "Asked for": (
        *("duration_s", "aspect_ratio", "resolution", "has_sound", "seed", "extras"),
        *("made_as", "source", "batch", "variant", "take"),
    ),
    "Money": ("estimated", "cost"),
    "Times": (
        *("in_queue", "to_make", "in_all", "created_at", "sent_at", "accepted_at", "made_at"),
        *("finished_at", "not_before", "next_look_at", "deadline_at"),
        *("submit_attempts", "look_attempts", "fetch_attempts"),
    ),
    "What happened": ("timeline",),
}
"""Named one by one: links to a provider's files, keys and leases have no place here."""


@admin.register(Job)
class JobAdmin(JobActions, JobColumns, LongListAdmin):
    list_display = (
        *("number", "thumb", "standing", "short_prompt", "model_name", "provider_name", "member"),
        *("estimated", "cost", "created_at", "in_queue", "to_make", "in_all"),
    )
    list_filter = (StateFilter, AskingFilter, ProviderFilter, ModelFilter, MemberFilter, DayFilter)
    allowed_lookups = frozenset(
        {"state", "asking", "provider", "model", "member", "since", "until"}
    )
    list_select_related = ("provider", "provider_model", "owner", "video")
    search_fields = ("prompt",)
    search_help_text = (
        "A job's number, an id at the API or the beginning of one; or words of the prompt, among "
        f"the newest {search.SEARCHED:,} jobs of the list."
    )
    fieldsets = tuple((title, {"fields": fields}) for title, fields in ON_THE_PAGE.items())
    readonly_fields = tuple(name for fields in ON_THE_PAGE.values() for name in fields)

    class Media:
        css = {"all": ("css/admin.css",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Job]:
        found = super().get_queryset(request).prefetch_related("inputs__asset", "video__derived")
        secrets = ("provider__api_key", "provider__options_text", "video_url", "video_ref")
        return found.defer(*secrets)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        text = search_term.strip()
        return search.jobs(queryset, text) if text else queryset, False

    def view_on_site(self, job: Job) -> str:
        return reverse("studio:job", args=[job.pk])
