"""Uploaded pictures, and the bytes of every picture given: stored once by their content."""

import hashlib
from dataclasses import asdict, dataclass
from pathlib import Path

from studio.demo.ledger import Ledger


class Blobs:
    """Files named by the SHA-256 of what is in them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def save(self, data: bytes) -> Path:
        path = self._folder / hashlib.sha256(data).hexdigest()
        if not path.exists():
            draft = path.with_suffix(".part")
            draft.write_bytes(data)
            draft.replace(path)
        return path


@dataclass(slots=True, kw_only=True)
class Upload:
    """`id` is Dafty's upload id, or imgix's "{source_id}/{origin_path}"."""

    id: str
    provider: str
    filename: str
    content_type: str
    file: str = ""
    is_complete: bool = False


class UploadStore:
    def __init__(self, state_dir: Path) -> None:
        self._ledger = Ledger(state_dir / "uploads.jsonl")
        self._uploads: dict[tuple[str, str], Upload] = {}
        for record in self._ledger.read():
            upload = Upload(**record)
            self._uploads[upload.provider, upload.id] = upload
        self._ledger.rewrite([asdict(upload) for upload in self._uploads.values()])

    def save(self, upload: Upload) -> None:
        """Keep a new or changed upload."""
        self._ledger.write(asdict(upload))
        self._uploads[upload.provider, upload.id] = upload

    def find(self, provider: str, upload_id: str) -> Upload | None:
        return self._uploads.get((provider, upload_id))

    def ending_with(self, provider: str, path: str) -> Upload | None:
        """The upload at this path of any source; `path` starts with a slash."""
        for (owner, upload_id), upload in self._uploads.items():
            if owner == provider and f"/{upload_id.partition('/')[2]}" == path:
                return upload
        return None

    def clear(self) -> None:
        self._ledger.rewrite([])
        self._uploads.clear()

    def close(self) -> None:
        self._ledger.close()
