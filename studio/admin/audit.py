"""Who changed what of accounts, models and people: kept for good, and read-only.

Of a key it is told that it changed, and nothing of the key is kept: half a key is still a key. What
the engine notes about a provider by itself is no change that anybody made.
"""

from typing import Any

import auditlog.admin
from auditlog.mixins import LogEntryAdminMixin
from auditlog.models import LogEntry
from auditlog.registry import auditlog as registered
from auditlog.signals import pre_log
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet
from django.dispatch import receiver
from django.http import HttpRequest

from studio.admin.lists import LongListAdmin
from studio.models import Budget, Member, Provider, ProviderModel
from studio.providers.redaction import HIDDEN


def hidden(value: str) -> str:
    """Whether there is a secret, and nothing of it."""
    return HIDDEN if value else ""


MASK = f"{__name__}.{hidden.__name__}"
ACCOUNT = ("adapter_slug", "name", "base_url", "api_key", "options_text", "is_enabled")
LIMITS = ("image_delivery", "creates_per_minute", "concurrent_jobs", "least_role")
PERSON = ("username", "first_name", "last_name", "email", "password")
RIGHTS = ("is_active", "is_staff", "is_superuser")
# Named one by one, so that a new column is not kept for good before somebody thought about it.
registered.register(
    Provider,
    include_fields=[*ACCOUNT, *LIMITS],
    mask_fields=["api_key", "options_text"],
    mask_callable=MASK,
)
registered.register(
    ProviderModel, include_fields=["name", "capabilities_json", "prices_json", "is_enabled"]
)
registered.register(
    User,
    include_fields=[*PERSON, *RIGHTS],
    mask_fields=["password"],
    mask_callable=MASK,
    m2m_fields={"groups", "user_permissions"},
)
registered.register(Group, include_fields=["name"], m2m_fields={"permissions"})
registered.register(Member, include_fields=["user", "role"])
registered.register(Budget, include_fields=["member", "provider", "period", "amount", "currency"])
WATCHED = (Provider, ProviderModel, User, Group, Member, Budget)


@receiver(pre_log, sender=ProviderModel)
def _is_worth_noting(action: int, **_kwargs: Any) -> bool:
    """An API's list of models fills the table by the dozen; what counts is what changes then."""
    return bool(action != LogEntry.Action.CREATE)


class WatchedFilter(admin.SimpleListFilter):
    title = "what was changed"
    parameter_name = "what"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, Any]]:
        kinds = ContentType.objects.get_for_models(*WATCHED)
        return [(kind.pk, str(kind.name)) for kind in kinds.values()]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        value = self.value() or ""
        return queryset.filter(content_type=int(value)) if value.isdecimal() else queryset


class ActorFilter(admin.SimpleListFilter):
    title = "member"
    parameter_name = "member"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, Any]]:
        return list(User.objects.order_by("username").values_list("pk", "username"))

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        value = self.value() or ""
        return queryset.filter(actor=int(value)) if value.isdecimal() else queryset


# It registers a list of its own, that counts all rows and shows more than is kept here.
admin.site.unregister(auditlog.admin.LogEntry)


@admin.register(LogEntry)
class AuditAdmin(LogEntryAdminMixin, LongListAdmin):  # type: ignore[misc]
    list_display = ("created", "user_url", "action", "resource_url", "msg_short")
    list_filter = (WatchedFilter, ActorFilter)
    allowed_lookups = frozenset({"what", "member"})
    list_select_related = ("content_type", "actor")
    ordering = ("-timestamp", "-id")
    fieldsets = ((None, {"fields": ("created", "user_url", "action", "resource_url", "msg")}),)
    readonly_fields = ("created", "user_url", "action", "resource_url", "msg")
