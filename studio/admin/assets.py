"""Files on our own disk, newest first."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from studio.admin import search
from studio.admin.filters import DayFilter, KindFilter
from studio.admin.lists import LongListAdmin
from studio.models import Asset


def picture(asset: Asset | None) -> SafeString:
    """A small copy of what shows this file at a glance; empty while there is none."""
    if asset is None or asset.trashed_at is not None:
        return SafeString("")
    shown = asset if asset.mime_type.startswith("image/") else asset.poster
    if shown is None:
        return SafeString("")
    address = reverse("studio:media_small", args=[shown.pk])
    return format_html('<img class="small" src="{}" alt="" loading="lazy">', address)


@admin.register(Asset)
class AssetAdmin(LongListAdmin):
    list_display = (
        "file",
        "kind",
        "owner",
        "width",
        "height",
        "duration_s",
        "size",
        "created_at",
        "trashed_at",
    )
    list_filter = (KindFilter, DayFilter)
    allowed_lookups = frozenset({"kind", "since", "until"})
    list_select_related = ("owner",)
    ordering = ("-created_at", "-id")
    search_fields = ("id",)
    search_help_text = (
        f"A file's id; or a part of its name, among the newest {search.SEARCHED:,} of the list."
    )

    class Media:
        css = {"all": ("css/admin.css",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Asset]:
        return super().get_queryset(request).prefetch_related("derived")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        text = search_term.strip()
        return search.assets(queryset, text) if text else queryset, False

    @admin.display(description="file")
    def file(self, asset: Asset) -> SafeString | str:
        return picture(asset) or "no picture"

    @admin.display(description="size")
    def size(self, asset: Asset) -> str:
        return filesizeformat(asset.size_bytes)
