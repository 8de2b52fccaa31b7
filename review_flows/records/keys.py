"""The home's two keys: one encrypts the secrets of one-time codes, one signs checkpoints of the audit trail.

Both lie in HOME/keys, readable by the owner alone, outside the database: a copy of the database alone gives away no
secret and can sign nothing. They are made at the first use of the home and never replaced by the program.
"""

import os
import tempfile
from base64 import b64decode, b64encode
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from review_flows.errors import ReviewFlowsError, SettingsError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_KEY_BYTES = 32
_NONCE_BYTES = 12
_ORIGIN_DIGITS = 32
_ED25519 = b"\x01"  # C2SP's number for the algorithm
_PUBLIC = "checkpoint.pub"


@dataclass(frozen=True)
class Keys:
    """The keys in a folder; the two secret files hold 32 random bytes each, as hex."""

    folder: Path

    def make(self) -> None:
        """Make the keys that are not there yet; of two processes that try at once, one does."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in ("secrets.key", "checkpoint.key"):
            if not (self.folder / name).exists():
                _write_once(self.folder / name, os.urandom(_KEY_BYTES).hex())
        if not (self.folder / _PUBLIC).exists():
            _write_once(self.folder / _PUBLIC, _public_key(self.signing_seed))

    @cached_property
    def public_key(self) -> str:
        """The verifier key of the home's checkpoints (C2SP vkey): name, key id and key, joined by `+`."""
        return (self.folder / _PUBLIC).read_text("ascii").strip()

    @property
    def origin(self) -> str:
        """The name of the home in its checkpoints: it names the key, so that the first entry of the trail binds it."""
        return self.public_key.split("+", 1)[0]

    @cached_property
    def _cipher(self) -> "AESGCM":
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        return AESGCM(self._read("secrets.key"))

    @cached_property
    def signing_seed(self) -> bytes:
        """The 32 bytes of the Ed25519 key that signs checkpoints."""
        return self._read("checkpoint.key")

    def encrypt(self, secret: str, owner: str) -> str:
        """The secret as it may lie in the database; it opens only under the same owner's name."""
        nonce = os.urandom(_NONCE_BYTES)
        return (nonce + self._cipher.encrypt(nonce, secret.encode(), owner.encode())).hex()

    def decrypt(self, encrypted: str, owner: str) -> str:
        """The secret; raises SettingsError where the key is not the one that it was encrypted with."""
        from cryptography.exceptions import InvalidTag

        data = bytes.fromhex(encrypted)
        try:
            return self._cipher.decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], owner.encode()).decode()
        except InvalidTag as error:
            raise SettingsError(
                str(self.folder / "secrets.key"),
                f"打不开 {owner} 的动态口令密钥；请恢复原来的密钥文件，或重新办理口令。",
            ) from error

    def _read(self, name: str) -> bytes:
        path = self.folder / name
        try:
            key = bytes.fromhex(path.read_text("ascii").strip())
        except FileNotFoundError as error:
            raise SettingsError(str(path), "密钥文件不在了；请从备份恢复。") from error
        except ValueError as error:
            raise SettingsError(str(path), "密钥文件已损坏；请从备份恢复。") from error
        if len(key) != _KEY_BYTES:
            raise SettingsError(str(path), "密钥文件已损坏；请从备份恢复。")
        return key


def key_id(name: str, public: bytes) -> bytes:
    """The four bytes by which a C2SP signature line names an Ed25519 key."""
    return sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:4]


def origin_of(public: bytes) -> str:
    """The name of the home whose checkpoints this key signs."""
    return f"review-flows/{sha256(public).hexdigest()[:_ORIGIN_DIGITS]}"


def origin_of_key(public_key: str) -> str:
    """The name of the home whose checkpoints this verifier key checks; made from the key itself, not its label."""
    try:
        return origin_of(b64decode(public_key.split("+", 2)[2], validate=True)[1:])
    except (ValueError, IndexError) as error:
        raise ReviewFlowsError(f"“{public_key[:60]}”不是检查点的公钥。") from error


def _public_key(seed: bytes) -> str:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    name = origin_of(public)
    return f"{name}+{key_id(name, public).hex()}+{b64encode(_ED25519 + public).decode()}"


def _write_once(path: Path, content: str) -> None:
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")  # made readable by the owner alone
    with os.fdopen(descriptor, "w") as file:
        file.write(content + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(temporary, path)
    except FileExistsError:
        pass  # another process was first; its key holds
    finally:
        os.unlink(temporary)
