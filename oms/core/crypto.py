"""Encryption of single values at rest, and blind indexes that let an exact value be found again.

A sealed value is ``version byte 1 | length of key id | key id | 12 byte nonce | AES-256-GCM ciphertext and tag``; the
purpose of the value (such as ``receiver.phone``) is authenticated with it, so that a value cannot be moved to another
column. Keys are rotated by putting a new one first in OMS_FIELD_KEYS: new values are sealed with the first key,
old ones are opened with whichever key they name.

A blind index is the first 16 bytes of HMAC-SHA256 over purpose and normalised text under a key of its own.
"""

from __future__ import annotations

import functools
import hmac
import os
import unicodedata

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

_VERSION = b"\x01"
_NONCE_BYTES = 12


class UnableToOpen(Exception):
    """A sealed value names a key that is not configured, belongs to another purpose, or was altered."""


@functools.lru_cache(maxsize=4)
def _ring(keys: tuple[tuple[str, bytes], ...]) -> tuple[bytes, AESGCM, dict[bytes, AESGCM]]:
    ciphers = {name.encode(): AESGCM(key) for name, key in keys}
    primary = keys[0][0].encode()
    header = _VERSION + bytes([len(primary)]) + primary
    return header, ciphers[primary], ciphers


def seal(text: str, purpose: str) -> bytes:
    """Encrypt text for a purpose under the primary key."""
    return seal_bytes(text.encode(), purpose)


def seal_bytes(data: bytes, purpose: str) -> bytes:
    """Encrypt bytes for a purpose under the primary key."""
    header, cipher, _ = _ring(settings.FIELD_KEYS)
    nonce = os.urandom(_NONCE_BYTES)
    return header + nonce + cipher.encrypt(nonce, data, purpose.encode())


def open_sealed(sealed: bytes | memoryview, purpose: str) -> str:
    """The text of a sealed value. Raises UnableToOpen."""
    return open_sealed_bytes(sealed, purpose).decode()


def open_sealed_bytes(sealed: bytes | memoryview, purpose: str) -> bytes:
    """The bytes of a sealed value. Raises UnableToOpen."""
    data = bytes(sealed)
    _, _, ciphers = _ring(settings.FIELD_KEYS)
    if data[:1] != _VERSION:
        raise UnableToOpen("not a sealed value of a known version")
    start = 2 + data[1]
    cipher = ciphers.get(data[2:start])
    if cipher is None:
        raise UnableToOpen(f"the key {data[2:start].decode(errors='replace')!r} is not configured")
    nonce = data[start : start + _NONCE_BYTES]
    try:
        return cipher.decrypt(nonce, data[start + _NONCE_BYTES :], purpose.encode())
    except InvalidTag as error:
        raise UnableToOpen("the value was altered or belongs to another purpose") from error


def is_under_primary_key(sealed: bytes | memoryview) -> bool:
    """Whether the value was sealed with the key that new values are sealed with."""
    header, _, _ = _ring(settings.FIELD_KEYS)
    return bytes(sealed).startswith(header)


def normalise(text: str) -> str:
    """What a blind index sees: NFKC, lower case, without white space, hyphens and a leading +86."""
    plain = "".join(unicodedata.normalize("NFKC", text).lower().split()).replace("-", "")
    return plain.removeprefix("+86")


def blind_index(text: str, purpose: str) -> bytes | None:
    """16 bytes under which the same text of the same purpose is found again; None for empty text."""
    plain = normalise(text)
    if not plain:
        return None
    return hmac.digest(settings.BLIND_INDEX_KEY, f"{purpose}\x00{plain}".encode(), "sha256")[:16]
