"""Signatures and encryption of WeChat's callbacks, both ways (contracts: WeChat 10). Pure: no clock, no files."""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers import Cipher
    from cryptography.hazmat.primitives.ciphers.modes import CBC

BLOCK = 32
"""PKCS#7's block here, twice AES's own: a padding is 1 to 32 bytes."""
_KEY_CHARACTERS = 43
_RANDOM_BYTES = 16
_LENGTH_BYTES = 4


class CallbackRefused(Exception):
    """What came is not a callback of this account; *status* is the HTTP status to refuse it with."""

    def __init__(self, message: str, status: int = 403) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class CallbackKeys:
    """What an account and its callbacks' receiver share. *aes_key* is None in plain mode."""

    appid: str
    token: str = field(repr=False)
    aes_key: bytes | None = field(default=None, repr=False)


def signature_of(*parts: str) -> str:
    """``signature`` of token, timestamp and nonce; ``msg_signature`` of these and the encrypted text."""
    return hashlib.sha1("".join(sorted(parts)).encode("utf-8", "replace")).hexdigest()  # noqa: S324 - the platform's own choice


def is_signed(given: str, *parts: str) -> bool:
    """Whether *given* is the signature of the parts, in a time that tells nothing about it."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), signature_of(*parts).encode())


def aes_key_of(encoding_aes_key: str) -> bytes:
    """The 32 bytes of an EncodingAESKey; its last character may hold bits that strict decoders refuse.

    Raises ValueError, without the key in it.
    """
    text = encoding_aes_key.strip()
    if not re.fullmatch(rf"[A-Za-z0-9+/]{{{_KEY_CHARACTERS}}}", text):
        raise ValueError(f"an EncodingAESKey is {_KEY_CHARACTERS} letters, digits, + and /")
    return base64.b64decode(text + "=")


def opened(encrypted: str, keys: CallbackKeys) -> bytes:
    """The XML inside an ``Encrypt``. Raises CallbackRefused: one answer for all that can be wrong, so that nobody learns
    from it."""
    if keys.aes_key is None:
        raise CallbackRefused("encrypted, but this outlet has no callback_aes_key")
    try:
        plain = _unpadded(_decrypted(encrypted, keys.aes_key))
    except ValueError:
        raise CallbackRefused("the encrypted message cannot be read") from None
    body = plain[_RANDOM_BYTES + _LENGTH_BYTES :]
    length = int.from_bytes(plain[_RANDOM_BYTES : _RANDOM_BYTES + _LENGTH_BYTES], "big")
    if len(plain) < _RANDOM_BYTES + _LENGTH_BYTES or length > len(body):
        raise CallbackRefused("the encrypted message cannot be read")
    if not hmac.compare_digest(body[length:], keys.appid.encode()):
        raise CallbackRefused("the encrypted message is for another appid")
    return body[:length]


def sealed(xml: bytes, keys: CallbackKeys, random: bytes) -> str:
    """The ``Encrypt`` of an XML; *random* are 16 bytes. Raises ValueError for keys without an AES key."""
    if keys.aes_key is None or len(random) != _RANDOM_BYTES:
        raise ValueError("an AES key and 16 random bytes are needed")
    plain = random + len(xml).to_bytes(_LENGTH_BYTES, "big") + xml + keys.appid.encode()
    padding = BLOCK - len(plain) % BLOCK
    encryptor = _cipher(keys.aes_key).encryptor()
    return base64.b64encode(encryptor.update(plain + bytes([padding]) * padding) + encryptor.finalize()).decode()


def _decrypted(encrypted: str, key: bytes) -> bytes:
    data = base64.b64decode("".join(encrypted.split()), validate=True)
    decryptor = _cipher(key).decryptor()
    return decryptor.update(data) + decryptor.finalize()


def _unpadded(data: bytes) -> bytes:
    padding = data[-1] if data else 0
    if not 1 <= padding <= BLOCK or not data.endswith(bytes([padding]) * padding):
        raise ValueError("no PKCS#7 padding of a block of 32")
    return data[:-padding]


def _cipher(key: bytes) -> "Cipher[CBC]":
    from cryptography.hazmat.primitives.ciphers import Cipher
    from cryptography.hazmat.primitives.ciphers.algorithms import AES
    from cryptography.hazmat.primitives.ciphers.modes import CBC

    return Cipher(AES(key), CBC(key[:16]))
