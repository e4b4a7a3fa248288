"""Whose jobs, clips and collections a member sees: all that is shared, and what is private only
where it is their own. Managers see everything, since they answer for what it costs.

Every page, answer and file asks here; nothing else may decide it.
"""

from typing import Any

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, Q, QuerySet

from studio.models import Asset, Collection, Job, Role, Tag
from studio.models.job_queries import JobQuerySet
from studio.services import members


def rule(user: User, way: str = "") -> Q:
    """True of what this member may see; `way` leads to the row that says whose it is."""
    if not user.is_active:
        return Q(pk__in=[])
    if members.may(user, Role.MANAGER):
        return Q()
    return Q(**{f"{way}is_private": False}) | Q(**{f"{way}owner": user})


def jobs(user: User) -> JobQuerySet:
    """The jobs that the member may see."""
    return Job.objects.filter(rule(user))


def files(user: User) -> "QuerySet[Asset]":
    """The files that the member may see, with those in the trash; none that is gone."""
    return Asset.objects.filter(rule(user), erased_at=None)


def collections(user: User) -> "QuerySet[Collection]":
    """The collections that the member may see."""
    return Collection.objects.filter(rule(user))


def tags(user: User) -> "QuerySet[Tag]":
    """The tags on what the member may see: a name alone can tell what is private."""
    put = Asset.tags.through.objects.filter(rule(user, "asset__"), tag=OuterRef("pk"))
    return Tag.objects.filter(Exists(put))


def may_see(user: User, what: Any) -> bool:
    """True if the member may see this job, file or collection."""
    if not user.is_active:
        return False
    return not what.is_private or what.owner_id == user.pk or members.may(user, Role.MANAGER)
