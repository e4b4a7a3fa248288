"""Whether a file is as long as its own outermost boxes say.

MP4: ISO/IEC 14496-12, 4.2 (32-bit size, 64-bit after 1, to the end after 0).
WebM: RFC 8794, sections 4 and 6 (a size of all ones is unknown).
"""

import os
from typing import IO


def require_whole(file: IO[bytes], mime_type: str) -> None:
    """Raises ValueError when the last box reaches past the end of the file."""
    length = os.fstat(file.fileno()).st_size
    next_box = _after_mp4_box if mime_type == "video/mp4" else _after_webm_element
    at = 0
    while at < length:
        file.seek(at)
        at = next_box(file, at, length)
    if at > length:
        raise ValueError(f"it has {length} of {at} bytes")


def _after_mp4_box(file: IO[bytes], at: int, length: int) -> int:
    size = int.from_bytes(file.read(4), "big")
    file.seek(at + 8)
    if size == 1:
        size = int.from_bytes(file.read(8), "big")
    # Zero is "to the end of the file", and so is padding; less than a header is no box.
    return at + size if size >= 8 else length


def _after_webm_element(file: IO[bytes], at: int, length: int) -> int:
    _, id_bytes = _variable(file)
    size, size_bytes = _variable(file)
    is_unknown = size == (1 << 7 * size_bytes) - 1
    if not (id_bytes and size_bytes) or is_unknown:
        return length
    return at + id_bytes + size_bytes + size


def _variable(file: IO[bytes]) -> tuple[int, int]:
    """An EBML number and how many bytes it took; (0, 0) where there is none."""
    first = file.read(1)
    if not first or not first[0]:
        return 0, 0
    count = 9 - first[0].bit_length()
    value = int.from_bytes(first + file.read(count - 1), "big")
    return value & ((1 << 7 * count) - 1), count
