"""Pictures as the APIs receive them: data URIs, addresses, bytes. What is no image is refused."""

import base64
import binascii
import io
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

import aiohttp
from PIL import Image, UnidentifiedImageError

FETCH_TIMEOUT_S = 10.0
MAX_BYTES = 30 * 1024 * 1024
DATA_URI = re.compile(r"data:(image/[a-z0-9.+-]+);base64,(.+)", re.DOTALL)
MIME_TYPES = {
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "GIF": "image/gif",
}


class BadImage(Exception):
    """Why a picture cannot be used, worded for the API's error body."""


@dataclass(frozen=True, slots=True)
class Facts:
    mime_type: str
    width: int
    height: int


def inspect(data: bytes) -> Facts:
    """What the bytes are, whatever they were declared to be. Raises BadImage."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            image.load()
            mime_type = MIME_TYPES.get(image.format or "", "")
            width, height = image.size
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as e:
        raise BadImage("The file is not an image that can be read.") from e
    if not mime_type:
        raise BadImage("The image must be a PNG, JPEG, WebP or GIF.")
    return Facts(mime_type, width, height)


def decode_data_uri(text: str) -> bytes:
    """The bytes of a base64 data URI that says it is an image. Raises BadImage."""
    if not (match := DATA_URI.fullmatch(text)):
        raise BadImage("The image is not a data URI of the form data:image/png;base64,...")
    return decode_base64(match[2])


def decode_base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as e:
        raise BadImage("The image's base64 cannot be decoded.") from e


async def fetch(address: str) -> bytes:
    """Fetch a picture from its address. Raises BadImage when there is none."""
    timeout = aiohttp.ClientTimeout(total=FETCH_TIMEOUT_S)
    try:
        # A studio with a certificate has one for its own name, and is asked for on this machine.
        is_here = urlsplit(address).hostname == "127.0.0.1"
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.get(address, ssl=not is_here) as response,
        ):
            if response.status != 200:
                raise BadImage(f"The image address answered {response.status}.")
            data = await response.content.read(MAX_BYTES + 1)
            while len(data) <= MAX_BYTES and (more := await response.content.read(MAX_BYTES)):
                data += more
    except (aiohttp.ClientError, TimeoutError, ValueError) as e:
        raise BadImage("The image could not be fetched from its address.") from e
    if len(data) > MAX_BYTES:
        raise BadImage("The image is larger than 30 MiB.")
    return data
