"""How things are shown: icons, money, times, shapes."""

import json
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import template
from django.template import Context
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from studio.models import Asset, Job
from studio.models.job_state import LOOKED_AT
from studio.providers.contract import Money
from studio.services.jobs import STOPPABLE
from studio.services.providers import spent_words
from studio.services.waiting import Told, Waits

register = template.Library()

STATE_ICONS = {
    Job.State.QUEUED: "circle-dashed",
    Job.State.SUBMITTING: "send",
    Job.State.WAITING: "hourglass",
    Job.State.GENERATING: "loader-circle",
    Job.State.FETCHING: "arrow-down-to-line",
    Job.State.READY: "circle-check",
    Job.State.FAILED: "circle-x",
    Job.State.CANCELLED: "ban",
    Job.State.EXPIRED: "clock-alert",
    Job.State.UNCONFIRMED: "badge-dollar-sign",
}
MARKS = {"getimg": "g", "indoxhub": "in", "dafty": "D", "imgix": "ix", "aiml": "A"}
RATIO_STEP = 5
RATIO_RANGE = (40, 260)


@register.simple_tag
def icon(name: str, css: str = "") -> SafeString:
    """One icon of the sprite; decoration only, so hidden from screen readers."""
    sprite = static("img/icons.svg")
    return format_html(
        '<svg class="icon {}" aria-hidden="true"><use href="{}#i-{}"></use></svg>',
        css,
        sprite,
        name,
    )


@register.simple_tag
def state_icon(state: str) -> SafeString:
    return icon(STATE_ICONS.get(Job.State(state), "info") if state else "info")


@register.simple_tag(takes_context=True)
def told(context: Context, job: Job) -> Told:
    """What is said of a job's progress, or of why it waits; the page's view brings `waits`."""
    waits: Waits = context["waits"]
    return waits.told(job, context.get("user"))


@register.filter
def way(job: Job) -> str:
    """The one thing that is most likely wanted of a job: let go, send now, cancel, stop, edit,
    watch, or nothing."""
    if job.state == Job.State.READY:
        return "watch"
    if job.is_finished:
        return "edit"
    if job.is_set_aside:
        return ""
    if job.is_unsent and job.is_held:
        return "let_go"
    if job.is_unsent and job.is_for_later(timezone.now()):
        return "now"
    is_there = job.state in LOOKED_AT
    if job.state == Job.State.QUEUED or (is_there and job.can_cancel_there):
        return "cancel"
    return "stop" if job.state in STOPPABLE and not job.question else ""


@register.filter
def mark(slug: str) -> str:
    """One or two letters that stand for an API."""
    return MARKS.get(slug, slug[:2])


@register.filter
def initials(name: str) -> str:
    words = name.replace(".", " ").replace("_", " ").split()
    return "".join(word[0] for word in words[:2]).upper()


@register.filter
def money(amount: Money | Decimal | None, currency: str = "USD") -> str:
    if isinstance(amount, Decimal):
        amount = Money(amount, currency or "USD")
    return spent_words(amount)


@register.filter
def clock(seconds: float | None) -> str:
    """`0:08`, as on a player."""
    whole = int((seconds or 0) + 0.5)
    return f"{whole // 60}:{whole % 60:02d}"


@register.filter
def took(job: Job) -> str:
    """From asking to having, as people say it."""
    if not job.finished_at:
        return ""
    return seconds_words((job.finished_at - job.created_at).total_seconds())


@register.filter
def ago(moment: datetime) -> str:
    """ "just now", "5 min ago", "3 h ago", then the day."""
    seconds = (timezone.now() - moment).total_seconds()
    if seconds < 60:
        return _("just now")
    if seconds < 3600:
        return _("%(count)s min ago") % {"count": int(seconds // 60)}
    if seconds < 24 * 3600:
        return _("%(count)s h ago") % {"count": int(seconds // 3600)}
    return day_words(moment)


@register.filter
def seconds_words(seconds: float) -> str:
    """ "8 s", "1 min 38 s", "2 h 5 min"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


@register.filter
def ratio_class(asset: Asset) -> str:
    """The class that gives a tile its shape; the CSS has one per step of 0.05."""
    hundredths = round(asset.aspect * 100 / RATIO_STEP) * RATIO_STEP
    return f"ar-{min(max(hundredths, RATIO_RANGE[0]), RATIO_RANGE[1])}"


@register.filter
def day_words(moment: datetime) -> str:
    """ "Today", "Yesterday", "14 November 2026"."""
    local, today = timezone.localtime(moment).date(), timezone.localdate()
    if local == today:
        return _("Today")
    return _("Yesterday") if (today - local).days == 1 else date_format(local, "DATE_FORMAT")


@register.filter
def pretty(document: Any) -> str:
    """A reply as it is read best."""
    if isinstance(document, str):
        return document
    return json.dumps(document, indent=2, ensure_ascii=False)
