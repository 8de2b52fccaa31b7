"""Files by their sha256: what was received or produced is kept once, and read back only as it was.

The store is a folder; a row per document says that it is ours, how large and of what kind. Roles, names and versions
are a matter of the case. Nothing is overwritten and nothing is deleted.
"""

import os
import tempfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePath

from sqlmodel import Field, Session, SQLModel

from review_flows.errors import NotFound, ReviewFlowsError

_MEDIA_TYPES = {
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".pdf": "application/pdf",
    ".txt": "text/plain; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".yaml": "application/yaml",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".zip": "application/zip",
}


class Document(SQLModel, table=True):
    """A file in the store."""

    __tablename__ = "documents"
    __table_args__ = {"info": {"guard": "append_only"}}

    sha256: str = Field(primary_key=True, max_length=64)
    size: int
    media_type: str = Field(max_length=150)


@dataclass(frozen=True)
class Store:
    """The folder of files; a file's name is the hash of its content."""

    folder: Path

    def path(self, digest: str) -> Path:
        """Where the file with this hash is, or would be; raises NotFound for what is no hash."""
        if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
            raise NotFound("文件", digest)
        return self.folder / digest[:2] / digest

    def put(self, data: bytes) -> str:
        """The sha256 under which the data is now kept, safe on disk."""
        digest = sha256(data).hexdigest()
        place = self.path(digest)
        if not place.exists() or sha256(place.read_bytes()).hexdigest() != digest:
            place.parent.mkdir(parents=True, exist_ok=True)
            write_durably(place, data)
        return digest

    def read(self, digest: str) -> bytes:
        """The data with this hash; raises where it is gone or no longer what was stored."""
        place = self.path(digest)
        if not place.exists():
            raise NotFound("文件", digest)
        data = place.read_bytes()
        if sha256(data).hexdigest() != digest:
            raise ReviewFlowsError(f"文件 {digest} 的内容与登记的哈希不符，已被改动，不能使用；请从备份恢复。")
        return data


def keep(session: Session, store: Store, data: bytes, name: str) -> Document:
    """The row of the document, which is now in the store and in the session; `name` tells the media type."""
    digest = store.put(data)
    found = session.get(Document, digest)
    if found is None:
        found = Document(sha256=digest, size=len(data), media_type=media_type(name))
        session.add(found)
        session.flush()
    return found


def media_type(name: str) -> str:
    """The media type that a file name's ending stands for.

    >>> media_type("合法性审核意见书.PDF")
    'application/pdf'
    """
    return _MEDIA_TYPES.get(PurePath(name).suffix.lower(), "application/octet-stream")


def write_durably(place: Path, data: bytes, *, mode: int = 0o600) -> None:
    """Put the data at `place` whole or not at all, and on disk before this returns."""
    descriptor, temporary = tempfile.mkstemp(dir=place.parent, prefix=".new-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, place)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    _sync_folder(place.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
