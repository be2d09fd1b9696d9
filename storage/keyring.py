"""Seals what is personal (AES-256-GCM), and makes the digests by which it is found again. The keys are handed in.

What is stored says which key sealed it: `key id · nonce · ciphertext`, behind a mark that no plain value begins with.
Without keys values stay readable, and who has keys reads them too: `storage/resealing.py` seals them.
"""

import base64
import hashlib
import hmac
import json
import os
from collections.abc import Mapping, Sequence
from typing import Any, cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
KEY_ID_BYTES = 4
NONCE_BYTES = 12
TEXT_MARK = "sealed "
"""With a space, which neither an e-mail nor an account's id has; a sealed object is a JSON string."""
BODY_MARK = b"\x00sealed "
"""No platform signs a body that begins with a NUL."""
CONTACTS = ("email", "phone")


class MissingKey(Exception):
    """Something was sealed with a key that is not among those given."""

    def __init__(self, key_id: str) -> None:
        super().__init__(f"What is stored was sealed with the key {key_id}, which is not in HUB_ENCRYPTION_KEY.")


class Tampered(Exception):
    """What is stored is not what was sealed."""


class Keyring:
    """The first of `keys`, 32 bytes each, seals and indexes; every one opens and finds."""

    def __init__(self, keys: Sequence[bytes] = ()) -> None:
        self._ciphers = {_id(key): AESGCM(key) for key in keys}
        self._index_keys = [hmac.digest(key, b"blind index", "sha256") for key in keys]
        self.ids = [key_id.hex() for key_id in self._ciphers]
        """The one that seals first."""

    def seal(self, value: bytes, column: str) -> bytes | None:
        """None where there is no key. `column` (`table.column`) is sealed with it: elsewhere it does not open."""
        if not self.ids:
            return None
        key_id, cipher = next(iter(self._ciphers.items()))
        nonce = os.urandom(NONCE_BYTES)
        return key_id + nonce + cipher.encrypt(nonce, value, column.encode())

    def open(self, sealed: bytes, column: str) -> bytes:
        """MissingKey, Tampered."""
        key_id, rest = sealed[:KEY_ID_BYTES], sealed[KEY_ID_BYTES:]
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise MissingKey(key_id.hex())
        try:
            return cipher.decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], column.encode())
        except InvalidTag:
            raise Tampered(f"A value of {column} is not what was sealed.") from None

    def seal_text(self, value: str, column: str) -> str:
        """Where there is no key, what looks sealed already is stored without its mark."""
        sealed = self.seal(value.encode(), column)
        if sealed is not None:
            return TEXT_MARK + base64.b64encode(sealed).decode()
        while value.startswith(TEXT_MARK):
            value = value.removeprefix(TEXT_MARK)
        return value

    def open_text(self, stored: str, column: str) -> str:
        if not stored.startswith(TEXT_MARK):
            return stored
        return self.open(base64.b64decode(stored[len(TEXT_MARK) :]), column).decode()

    def seal_body(self, value: bytes, column: str) -> bytes:
        sealed = self.seal(value, column)
        return value if sealed is None else BODY_MARK + sealed

    def open_body(self, stored: bytes, column: str) -> bytes:
        return self.open(stored[len(BODY_MARK) :], column) if stored.startswith(BODY_MARK) else stored

    def seal_object(self, value: Mapping[str, Any], column: str) -> Any:
        """The object, or a string where there is a key."""
        return self.seal_text(json.dumps(value), column) if self.ids else value

    def open_object(self, stored: Any, column: str) -> dict[str, Any]:
        return cast(
            "dict[str, Any]", json.loads(self.open_text(stored, column)) if isinstance(stored, str) else stored
        )

    def seal_contacts(self, value: Mapping[str, Any], column: str) -> dict[str, Any]:
        """Only what a person is reached by; the rest stays, and the database can go on merging such objects."""
        return {name: self.seal_text(one, column) if name in CONTACTS else one for name, one in value.items()}

    def open_contacts(self, stored: Mapping[str, Any], column: str) -> dict[str, Any]:
        return {name: self.open_text(one, column) if name in CONTACTS else one for name, one in stored.items()}

    def digest(self, text: str) -> bytes:
        """By which new rows are found: HMAC-SHA-256, or SHA-256 where there is no key."""
        return self.digests(text)[0]

    def digests(self, text: str) -> list[bytes]:
        """By which rows may be found: under every key there is, and as they were before there was one."""
        value = text.encode()
        return [*(hmac.digest(key, value, "sha256") for key in self._index_keys), hashlib.sha256(value).digest()]


def _id(key: bytes) -> bytes:
    return hashlib.sha256(b"key id" + key).digest()[:KEY_ID_BYTES]
