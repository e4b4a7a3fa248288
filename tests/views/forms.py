"""What the compose form posts."""

import uuid

from studio.models import Provider


def form(provider: Provider, **fields: object) -> dict[str, object]:
    model = provider.models.order_by("position").first()
    shown = {"has_sound_shown": "1", "duration_s": "5", "aspect_ratio": "16:9", "takes": "1"}
    base = {"provider_model": model.pk, "prompt": "Mist over a lake", "batch": str(uuid.uuid4())}
    return base | shown | {"resolution": "720p"} | fields
