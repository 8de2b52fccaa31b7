"""The home's two keys: one that encrypts the secrets of one-time codes, one that signs checkpoints of the audit trail.

Both lie in HOME/keys, readable by the owner alone, outside the database: a copy of the database alone gives away no secret
and can sign nothing. They are made at the first use of the home and never replaced by the program.
"""

import os
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from review_flows.errors import SettingsError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_KEY_BYTES = 32
_NONCE_BYTES = 12


@dataclass(frozen=True)
class Keys:
    """The keys in a folder; each file holds 32 random bytes as hex."""

    folder: Path

    def make(self) -> None:
        """Make the keys that are not there yet; of two processes that try at once, one does."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in ("secrets.key", "checkpoint.key"):
            if not (self.folder / name).exists():
                _write_once(self.folder / name, os.urandom(_KEY_BYTES).hex())

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
