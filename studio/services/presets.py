"""Presets: a form's content under a name, for oneself or for the team."""

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from studio.models import Preset
from studio.services.drafts import FORM, LIST_PREFIX, SENT, Content

NAME_MAX_CHARS = 80
NOT_KEPT = {"source", "made_as", "shot", FORM, SENT}
"""What belongs to one draft, and not to the next one made like it."""


class NotSaved(Exception):
    """The preset cannot be kept under this name; the text says why."""


def visible_to(user: User) -> QuerySet[Preset]:
    """The member's own presets, and those that others share."""
    return Preset.objects.filter(Q(owner=user) | Q(is_shared=True)).select_related("owner")


def save(user: User, name: str, content: Content, *, is_shared: bool) -> Preset:
    """Keep a form's content under a name of its own. Raises NotSaved."""
    kept = {key: texts for key, texts in content.items() if key not in NOT_KEPT}
    return _write(Preset(owner=user, content=kept, is_shared=is_shared), name)


def rename(preset: Preset, name: str) -> None:
    """Raises NotSaved."""
    _write(preset, name)


def share(preset: Preset, *, is_shared: bool) -> None:
    """Show a preset to the whole team, or to its owner alone."""
    preset.is_shared = is_shared
    preset.save(update_fields=["is_shared"])


def used_over(preset: Preset, current: Content) -> Content:
    """The form after a preset is chosen: one without a prompt leaves what is written there."""
    content: Content = dict(preset.content)
    if any(content.get("prompt", [])):
        return content
    written = {
        name: texts
        for name, texts in current.items()
        if name in ("prompt", "plain") or name.startswith(LIST_PREFIX)
    }
    return content | written


def _write(preset: Preset, name: str) -> Preset:
    preset.name = " ".join(name.split())
    if not preset.name:
        raise NotSaved(_("Give the preset a name."))
    if len(preset.name) > NAME_MAX_CHARS:
        words = _("A name has at most %(most)s characters.")
        raise NotSaved(words % {"most": NAME_MAX_CHARS})
    try:
        with transaction.atomic():
            preset.save()
    except IntegrityError as e:
        words = _("You have a preset “%(name)s” already. Choose another name, or delete that one.")
        raise NotSaved(words % {"name": preset.name}) from e
    return preset
