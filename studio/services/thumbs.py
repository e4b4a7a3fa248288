"""Small copies of the studio's pictures: made when they are first looked at, and kept."""

from pathlib import Path

from django.conf import settings

from studio.media.thumbs import write_thumb
from studio.models import Asset


def path_of(asset: Asset) -> Path:
    """Where its small copy is, or will be."""
    return Path(settings.MEDIA_ROOT) / "small" / asset.pk.hex[:2] / f"{asset.pk}.jpg"


def thumb_of(asset: Asset) -> Path:
    """The small copy of a picture, made now if there is none yet. Raises NotAnImage."""
    path = path_of(asset)
    if not path.exists():
        write_thumb(asset.path, path)
    return path
