"""What can be put into a well from the studio's own disk: pictures, and frames of clips."""

from django.contrib.auth.models import User
from django.db.models import QuerySet

from studio.models import Asset
from studio.services import assets

PAGE_SIZE = 24
PICTURES = (Asset.Kind.IMAGE, Asset.Kind.FRAME)


def images(user: User, words: str = "") -> QuerySet[Asset]:
    """Uploaded pictures and frames taken from clips, the newest first, by the words in their
    file's name."""
    found = assets.visible_to(user).filter(kind__in=PICTURES)
    for word in words.split():
        found = found.filter(original_name__icontains=word)
    newest: QuerySet[Asset] = found.select_related("owner").order_by("-created_at", "-pk")
    return newest


def clips(user: User, words: str = "") -> QuerySet[Asset]:
    """Clips that are here, the newest first, by the words in their prompt."""
    visible = assets.visible_to(user).values("pk")
    found = Asset.objects.clips().filter(pk__in=visible)
    for word in words.split():
        found = found.filter(job__prompt__icontains=word)
    return found
