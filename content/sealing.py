"""Short secrets that are kept in the database, sealed with a key that is kept elsewhere."""

import base64
import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

_KEY_BYTES, _NONCE_BYTES = 32, 12


class SealBroken(ValueError):
    """What was sealed cannot be opened: another key, or altered."""


@dataclass(frozen=True)
class Sealing:
    """AES-256-GCM. What is sealed for one *purpose* opens for no other."""

    key: bytes = field(repr=False)

    @classmethod
    def of(cls, path: Path) -> "Sealing":
        """The key of this file, readable by its owner alone; made where there is none. Raises OSError."""
        if not path.exists():
            _make(path)
        return cls(path.read_bytes())

    def seal(self, text: str, purpose: str) -> str:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = os.urandom(_NONCE_BYTES)
        return base64.b64encode(nonce + AESGCM(self.key).encrypt(nonce, text.encode(), purpose.encode())).decode()

    def opened(self, sealed: str, purpose: str) -> str:
        """Raises SealBroken."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        try:
            data = base64.b64decode(sealed, validate=True)
            return AESGCM(self.key).decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], purpose.encode()).decode()
        except (ValueError, InvalidTag) as problem:
            raise SealBroken("a sealed value cannot be opened") from problem


def _make(path: Path) -> None:
    """Whole under its name or not at all, and the first of several processes wins."""
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
        stream.write(os.urandom(_KEY_BYTES))
        stream.flush()
        os.fsync(stream.fileno())
    with suppress(FileExistsError):
        os.link(aside, path)
    aside.unlink()
