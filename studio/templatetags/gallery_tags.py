"""How the gallery is shown: addresses of views, days, and what a chip says."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django import template
from django.contrib.messages.storage.base import Message
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from studio.media.frames import POSTER_SIDE_PX
from studio.media.thumbs import SIDE_PX
from studio.models import Asset
from studio.services.gallery import Choices, Cursor, Filter
from studio.services.gallery.terms import LENGTHS_BY_NAME

register = template.Library()

UNDO = "undo:"
PLAIN = {"favourites": False, "provider": 0, "model": 0, "rating": 0, "collection": 0, "tag": ()}


@register.simple_tag
def query(view: Filter, /, **changes: Any) -> str:
    """`?q=sea&sound=1`: the view's address with these values; "" for none."""
    return f"?{view.but(**{name: _value(name, text) for name, text in changes.items()}).query}"


def _value(name: str, value: Any) -> Any:
    """An empty text stands for whatever the field has when it is not asked for."""
    return PLAIN.get(name, "") if value == "" else value


@register.simple_tag
def place(view: Filter, cursor: Cursor | None) -> str:
    """The address of the view from a place on."""
    said = view.query
    return f"?{said}&after={cursor}" if said else f"?after={cursor}"


@register.filter
def pairs_but(view: Filter, names: str) -> list[tuple[str, str]]:
    """What a form has to send along, but for the fields that it has itself (with commas)."""
    return [(name, value) for name, value in view.pairs if name not in names.split(",")]


@register.simple_tag
def active(view: Filter, choices: Choices) -> list[tuple[str, str, str]]:
    """The filters that have no chip of their own: icon, words, and the address without each."""
    found = [("tag", tag, f"?{view.but(tag=_without(view.tag, tag)).query}") for tag in view.tag]
    for name, icon, words in _others(view, choices):
        if getattr(view, name) and words:
            found.append((icon, words, query(view, **{name: ""})))
    return found


def _without(tags: tuple[str, ...], tag: str) -> tuple[str, ...]:
    return tuple(each for each in tags if each != tag)


def _others(view: Filter, choices: Choices) -> list[tuple[str, str, str]]:
    length = LENGTHS_BY_NAME.get(view.length)
    stars = ngettext("%(count)s star or more", "%(count)s stars or more", view.rating)
    made = _("Made from pictures") if view.images == "1" else _("Made from words alone")
    return [
        ("collection", "folder", choices.collections.get(view.collection, "")),
        ("length", "hourglass", str(length.words) if length else ""),
        ("rating", "star", stars % {"count": view.rating}),
        ("images", "images", made),
        ("sound", "volume-x", _("Without sound") if view.sound == "0" else ""),
    ]


@register.simple_tag
def chosen_model(view: Filter, choices: Choices) -> str:
    """The model or the provider that the view is about, by name."""
    if view.model:
        return choices.models[view.model][1]
    return choices.providers[view.provider] if view.provider else _("Any model")


@register.filter
def day_title(day: date) -> str:
    """ "Today", "Yesterday", "14 November 2026"."""
    away = (timezone.localdate() - day).days
    if away in (0, 1):
        return _("Yesterday") if away else _("Today")
    return date_format(day, "DATE_FORMAT")


@register.filter
def grouped(number: int) -> str:
    """ "1,284"."""
    return number_format(number, use_l10n=True, force_grouping=True)


@dataclass(frozen=True, slots=True)
class TileWords:
    """What a tile says of its clip: `name` in two lines, `about` under it, `label` to who hears
    it, `choose` for its box."""

    name: str
    about: str
    label: str
    choose: str


@register.simple_tag
def tile_words(clip: Asset) -> TileWords:
    """In one step for all of a tile: there are sixty on a page."""
    name = clip.job.prompt if clip.job else clip.original_name or _("A clip")
    length = _("%(seconds)s s") % {"seconds": round(clip.duration_s or 0)}
    model = [clip.job.provider_model.name] if clip.job else []
    stars = [star_words(clip.rating)] if clip.rating else []
    favourite = [_("favourite")] if clip.is_favourite else []
    favourite += [_("private")] if clip.is_private else []
    return TileWords(
        name=_short(name, 160),
        about=" · ".join([clip.owner.get_username(), *model, length, *stars]),
        label=", ".join([_short(name, 80), length, *model, *favourite]),
        choose=_("Choose %(name)s") % {"name": _short(name, 60)},
    )


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


@register.filter
def poster_key(clip: Asset) -> UUID | None:
    """The clip's poster, as the gallery's query brings it along or else by itself."""
    return _companion_key(clip, "poster")


@register.filter
def preview_key(clip: Asset) -> UUID | None:
    """The clip's preview, likewise."""
    return _companion_key(clip, "preview")


def _companion_key(clip: Asset, name: str) -> UUID | None:
    if hasattr(clip, f"{name}_key"):
        brought: UUID | None = getattr(clip, f"{name}_key")
        return brought
    companion: Asset | None = getattr(clip, name)
    return companion.pk if companion else None


@register.simple_tag
def poster_image(clip: Asset, key: UUID) -> SafeString:
    """A tile's picture: the small copy of the poster, or all of it where it is shown large."""
    small, full = reverse("studio:media_small", args=[key]), reverse("studio:media", args=[key])
    return format_html(
        '<img src="{small}" srcset="{small} {small_px}w, {full} {full_px}w" sizes="auto, 400px" '
        'alt="" width="{width}" height="{height}" loading="lazy" decoding="async">',
        small=small,
        full=full,
        small_px=_fitted_width(clip, SIDE_PX),
        full_px=_fitted_width(clip, POSTER_SIDE_PX),
        width=clip.width,
        height=clip.height,
    )


def _fitted_width(clip: Asset, side_px: int) -> int:
    """The width of the clip's picture where its longer side is so long."""
    return max(1, round(clip.width * min(1.0, side_px / max(clip.width, clip.height))))


@register.filter
def undo_keys(message: Message) -> str:
    """The clips that a toast can put back, with commas between; "" for other toasts."""
    tags = message.extra_tags or ""
    return tags.removeprefix(UNDO) if tags.startswith(UNDO) else ""


@register.filter
def star_words(stars: int) -> str:
    """ "4 stars", or "no stars"."""
    if not stars:
        return _("no stars")
    return ngettext("%(count)s star", "%(count)s stars", stars) % {"count": stars}
