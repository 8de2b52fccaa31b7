"""Checkpoints: a few signed lines that fix the whole trail up to an entry, kept outside the database.

A checkpoint is a C2SP signed note over a tlog-checkpoint (origin, size, root of the RFC 9162 tree) with three lines
more:

    review-flows/3f0c…              origin: the home
    1234                            how many entries
    kI0lT9cT…=                      root of the tree, base64
    guards 9b1e…                    what guards the audit tables in the database (guards.py)
    previous 51aa…                  sha256 of the checkpoint before, 64 zeros for the first: the folder's own chain
    at 2026-11-23T09:00:00.000000+08:00

    — review-flows/3f0c… q83vEg…    Ed25519 signature

One file each in HOME/checkpoints, named by its size. Taken at every sign-off and on demand; whoever keeps copies
elsewhere (or papers that print `short()`) is the witness that no insider can get round.
"""

import base64
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from review_flows.records.database import CHINA
from review_flows.records.keys import Keys, key_id

FIRST = "0" * 64  # `previous` of the first checkpoint
_NAME_WIDTH = 12  # so that names sort by size
_LINES = 6
_DASH = "\N{EM DASH} "


@dataclass(frozen=True)
class Checkpoint:
    """One checkpoint; `note` is its whole text as it lies in the file."""

    origin: str
    size: int
    root: bytes
    guards: str
    previous: str
    at: datetime
    note: str

    @property
    def sha256(self) -> str:
        """The hash by which the next checkpoint names this one."""
        return sha256(self.note.encode()).hexdigest()

    @property
    def file_name(self) -> str:
        """The name of its file; names sort by size."""
        return f"{self.size:0{_NAME_WIDTH}}.txt"

    def short(self) -> str:
        """The line that opinions, dossiers and inspection sheets print, so that paper is a witness.

        Sixteen hex digits of the root: to find another history with the same ones takes 2⁶⁴ tries.
        """
        return f"审计检查点：第 {self.size} 条，根 {self.root.hex()[:16]}（{self.at.date().isoformat()}）"


def latest(folder: Path) -> Checkpoint | None:
    """The newest checkpoint in the folder."""
    newest = max(folder.glob("[0-9]*.txt"), default=None)
    return _read(newest) if newest else None


def in_folder(folder: Path) -> list[Checkpoint]:
    """All checkpoints in the folder, oldest first."""
    return [_read(path) for path in sorted(folder.glob("[0-9]*.txt"))]


def _read(path: Path) -> Checkpoint:
    """The checkpoint in the file; for a file that no longer is one, a checkpoint that no key has signed."""
    written = path.read_bytes()
    try:
        return parse(written.decode())
    except ValueError:
        size = int("".join(filter(str.isdecimal, path.stem)))
        return Checkpoint("", size, b"", "", "", datetime.fromtimestamp(0, CHINA), written.decode(errors="replace"))


def parse(note: str) -> Checkpoint:
    """The checkpoint that the text is; its signature is not checked here. Raises ValueError."""
    body, _, _ = note.partition("\n\n")
    lines = body.split("\n")
    if len(lines) != _LINES or not note.endswith("\n"):
        raise ValueError("not a checkpoint")
    origin, size, root, *more = lines
    said = dict(line.split(" ", 1) for line in more)
    if list(said) != ["guards", "previous", "at"]:
        raise ValueError("not a checkpoint")
    digest = base64.b64decode(root, validate=True)
    return Checkpoint(
        origin, int(size), digest, said["guards"], said["previous"], datetime.fromisoformat(said["at"]), note
    )


def is_signed(checkpoint: Checkpoint, public_key: str) -> bool:
    """Whether the note carries a signature under this key (as `Keys.public_key` writes it)."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    name, _, encoded = public_key.split("+", 2)
    raw = base64.b64decode(encoded)[1:]
    body, _, signatures = checkpoint.note.partition("\n\n")
    for line in signatures.splitlines():
        signer, _, signature = line.removeprefix(_DASH).partition(" ")
        try:
            data = base64.b64decode(signature, validate=True)
            if signer != name or data[:4] != key_id(name, raw):
                continue
            Ed25519PublicKey.from_public_bytes(raw).verify(data[4:], f"{body}\n".encode())
        except (InvalidSignature, ValueError):
            continue
        return True
    return False


def signed(keys: Keys, body: str) -> Checkpoint:
    """The checkpoint whose lines are `body`, signed with the home's key."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    origin = body.partition("\n")[0]
    key = Ed25519PrivateKey.from_private_bytes(keys.signing_seed)
    named = key_id(origin, key.public_key().public_bytes_raw())
    signature = base64.b64encode(named + key.sign(body.encode())).decode()
    return parse(f"{body}\n{_DASH}{origin} {signature}\n")
