"""Handing a job's pictures to its provider, by the way that API takes them."""

import uuid

from django.conf import settings
from django.utils.translation import gettext as _

from studio.media.delivery import data_uri, fit_image
from studio.media.errors import MediaError
from studio.models import Asset, Job, JobInput, Provider
from studio.providers import client
from studio.providers.contract import Delivery, ImageFile, Input, InputRole
from studio.providers.errors import OptionUnsupported, SettingMissing
from studio.services import assets


def way(provider: Provider) -> Delivery:
    """How pictures reach this provider: the admin's choice, else what the API prefers."""
    return Delivery(provider.image_delivery or provider.adapter.deliveries[0])


def lacking(provider: Provider, by: Delivery) -> list[str]:
    """The settings that this way lacks from here: PUBLIC_URL, or the API's own options."""
    if by is Delivery.PUBLIC_URL:
        return [] if _public_base(provider) else ["PUBLIC_URL"]
    needed = provider.adapter.upload_needs if by is Delivery.UPLOAD else ()
    return [name for name in needed if not provider.options.get(name)]


def problem(provider: Provider) -> str:
    """Why pictures cannot reach this provider from here, naming the setting; "" if they can."""
    chosen = way(provider)
    needed = lacking(provider, chosen)
    if needed and chosen is Delivery.PUBLIC_URL:
        told = _(
            "%(name)s fetches images from a public address only, and this studio has none. Set "
            "PUBLIC_URL to an address that the internet can reach, or leave the images out. "
            "Nothing was sent."
        )
        return told % {"name": provider.name}
    if needed:
        told = _(
            "%(name)s takes images by upload and needs for that: %(options)s. Set it on the "
            "provider. Nothing was sent."
        )
        return told % {"name": provider.name, "options": ", ".join(needed)}
    return ""


def _public_base(provider: Provider) -> str:
    """The address the API can reach us under; the demo provider runs on this machine."""
    if settings.PUBLIC_URL or not provider.is_demo:
        return str(settings.PUBLIC_URL)
    scheme = "https" if settings.TLS_CERT else "http"
    return f"{scheme}://127.0.0.1:{settings.PORT}{settings.SUB_PATH}"


def deliver(job: Job) -> tuple[Input, ...]:
    """Every input of the job with the reference the API is given for it.

    Raises SettingMissing when there is no way, and any ProviderError of an upload. Nothing
    that costs money is called.
    """
    given = list(job.inputs.select_related("asset"))
    if given and (why_not := problem(job.provider)):
        raise SettingMissing(why_not)
    share = max(1, len(given))
    return tuple(Input(InputRole(each.role), _reference(job, each, share)) for each in given)


def _reference(job: Job, given: JobInput, share: int) -> str:
    provider, asset = job.provider, given.asset
    if asset.kind == Asset.Kind.VIDEO:
        return data_uri(asset.path.read_bytes(), asset.mime_type)
    chosen = way(provider)
    if chosen is Delivery.PUBLIC_URL:
        return assets.public_link(asset, _public_base(provider))
    limits = provider.adapter.images
    try:
        content, mime_type = fit_image(
            asset.path,
            max_bytes=min(limits.max_bytes, limits.max_total_bytes // share),
            mime_types=limits.mime_types,
        )
    except MediaError as e:
        raise OptionUnsupported(f"{e.message} Nothing was sent.", detail=e.detail) from e
    if chosen is Delivery.INLINE:
        return data_uri(content, mime_type)
    suffix = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}[mime_type]
    # A name of its own for each try: a path that exists already may be refused.
    name = f"{asset.pk.hex}-{uuid.uuid4().hex[:8]}.{suffix}"
    image = ImageFile(name=name, content=content, mime_type=mime_type)
    upload = provider.adapter.upload
    if upload is None:
        raise SettingMissing(f"{provider.name} has no upload for images. Choose another delivery.")
    return client.converse(provider.account, upload(image, provider.options))
