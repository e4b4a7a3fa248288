"""indoxhub's video models, as its client's example programs show them; sizes partly made up."""

from dataclasses import dataclass
from enum import StrEnum

GOOGLE_RATIOS = ("16:9", "9:16", "1:1")


class Audio(StrEnum):
    NO = "no"
    OPTIONAL = "optional"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """`sizes` only where the vendor takes `size`; prices in USD per second of clip."""

    provider: str
    name: str
    durations_s: tuple[int, ...]
    default_duration_s: int
    ratios: tuple[str, ...] = ("16:9",)
    resolutions: tuple[str, ...] = ("720p",)
    sizes: tuple[str, ...] = ()
    audio: Audio = Audio.NO
    price: float
    price_with_audio: float = 0.0
    reference_images: int = 0
    takes_video: bool = False

    @property
    def takes_images(self) -> bool:
        return self.provider == "google"

    def cost(self, duration_s: int, has_sound: bool) -> float:
        price = self.price_with_audio if has_sound and self.price_with_audio else self.price
        return round(price * duration_s, 4)


def _veo(name: str, price: float, audio: Audio, *, with_audio: float = 0.0, refs: int = 0) -> Model:
    return Model(
        provider="google",
        name=name,
        durations_s=(4, 6, 8) if audio is Audio.OPTIONAL else (4, 5, 6, 7, 8),
        default_duration_s=8,
        ratios=GOOGLE_RATIOS,
        resolutions=("720p", "1080p"),
        audio=audio,
        price=price,
        price_with_audio=with_audio,
        reference_images=refs,
        takes_video=bool(refs),
    )


def _sora(name: str, price: float) -> Model:
    return Model(
        provider="openai",
        name=name,
        durations_s=tuple(range(4, 13)),
        default_duration_s=4,
        ratios=("16:9", "9:16"),
        sizes=("1280x720", "720x1280"),
        price=price,
    )


MODELS = (
    Model(
        provider="google",
        name="veo-2.0-generate-001",
        durations_s=(5, 6, 7, 8),
        default_duration_s=8,
        ratios=GOOGLE_RATIOS,
        price=0.5,
    ),
    _veo("veo-3.0-generate-001", 0.2, Audio.OPTIONAL, with_audio=0.4),
    _veo("veo-3.0-fast-generate-001", 0.15, Audio.ALWAYS),
    _veo("veo-3.1-generate-preview", 0.4, Audio.ALWAYS, refs=3),
    _veo("veo-3.1-fast-generate-preview", 0.15, Audio.ALWAYS, refs=3),
    _sora("sora-2", 0.1),
    _sora("sora-2-pro", 0.3),
    Model(
        provider="amazon",
        name="nova-reel-v1",
        durations_s=(6,),
        default_duration_s=6,
        sizes=("1280x720",),
        price=0.08,
    ),
    Model(
        provider="luma",
        name="ray-v2",
        durations_s=(6,),
        default_duration_s=6,
        sizes=("1280x720", "960x540"),
        price=1.5,
    ),
)
DEFAULT_MODEL = "veo-3.0-generate-001"
PROVIDERS = tuple(dict.fromkeys(model.provider for model in MODELS))


def find(model: str, provider: str) -> Model | None:
    """A model by `provider/model`, or by its bare name with or without the provider."""
    if "/" in model:
        provider, model = model.split("/", 1)
    for candidate in MODELS:
        if candidate.name == model and provider in ("", candidate.provider):
            return candidate
    return None


def catalogue_item(model: Model) -> dict[str, object]:
    return {
        "id": f"{model.provider}-{model.name}",
        "name": model.name.replace("-", " ").title(),
        "modelName": model.name,
        "provider": model.provider,
        "capabilities": ["video_generation"],
        "specs": {"durations": model.durations_s, "resolutions": model.resolutions},
        "pricing": {"currency": "USD", "per_second": model.price},
        "metadata": {},
        "is_disabled": False,
    }
