"""The keys that secrets are sealed with, and the file that holds them: the newest in the first line.

A line is the base64 text of 32 bytes. Whoever puts a line before the others gives a new key: at the
next start all that is sealed is sealed anew, and the other lines may go.
"""

from __future__ import annotations

import base64
import binascii
import os
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.errors import Unavailable
from gateway.store.sqlite.private_files import replace_private, tighten

if TYPE_CHECKING:
    from pathlib import Path

KEY_BYTES, NONCE_BYTES = 32, 12
#: What sealed text begins with.
MARK = "sealed:"


class WrongKey(Unavailable):
    """What is sealed cannot be opened with the keys that there are."""

    code = "wrong_key"
    retry_after = None


@dataclass(frozen=True, slots=True)
class Keyring:
    """Seals with the newest key and opens with any."""

    keys: tuple[bytes, ...] = field(repr=False)

    @classmethod
    def parse(cls, text: str, source: str) -> Self:
        """The keys in a file's text; `WrongKey` if that is none of ours."""
        try:
            keys = tuple(base64.b64decode(line, validate=True) for line in text.split())
        except binascii.Error:
            keys = ()
        if not keys or any(len(key) != KEY_BYTES for key in keys):
            raise WrongKey(
                f"{source} is no key file: each of its lines must be the base64 text of "
                f"{KEY_BYTES} bytes, such as `openssl rand -base64 {KEY_BYTES}` writes."
            )
        return cls(keys)

    @property
    def newest(self) -> str:
        """The fingerprint of the key that seals."""
        return fingerprint(self.keys[0])

    def has(self, wanted: str) -> bool:
        """Whether the key with that fingerprint is there."""
        return any(fingerprint(key) == wanted for key in self.keys)

    def seal(self, text: str, place: str) -> str:
        """The text, sealed; it can be opened only as what stands at that place."""
        nonce = os.urandom(NONCE_BYTES)
        content = nonce + AESGCM(self.keys[0]).encrypt(nonce, text.encode(), place.encode())
        return f"{MARK}{self.newest}:{base64.b64encode(content).decode()}"

    def open(self, sealed: str, place: str) -> str:
        """The text that was sealed for the place; `WrongKey` if that is not what this is."""
        name, _, content = sealed.removeprefix(MARK).partition(":")
        key = next((key for key in self.keys if fingerprint(key) == name), None)
        if key is None:
            raise WrongKey(f"A secret ({place}) is sealed with key {name}, which is not there.")
        try:
            whole = base64.b64decode(content, validate=True)
            nonce, rest = whole[:NONCE_BYTES], whole[NONCE_BYTES:]
            return AESGCM(key).decrypt(nonce, rest, place.encode()).decode()
        except (InvalidTag, ValueError) as error:
            raise WrongKey(f"A sealed secret ({place}) was changed or moved.") from error


def fingerprint(key: bytes) -> str:
    """What tells keys apart and gives nothing away."""
    return blake2b(key, digest_size=8, person=b"taskgate key").hexdigest()


def new_key() -> str:
    """A line of a key file."""
    return base64.b64encode(os.urandom(KEY_BYTES)).decode()


@dataclass(frozen=True, slots=True)
class KeyFile:
    """Where the keys are."""

    path: Path
    #: Whether the server makes it if there is none; else it was named, and must be there.
    is_own: bool

    @classmethod
    def of(cls, database: Path, named: Path | None) -> Self:
        """The file that was named, or the one beside the database."""
        own = database.with_name(database.name + ".key")
        return cls(named or own, is_own=named is None)

    def keys(self, *, may_make: bool) -> Keyring:
        """The keys, made now if there are none and that may be; else `WrongKey`."""
        if may_make and self.is_own and not self.path.exists():
            replace_private(self.path, f"{new_key()}\n")
        return self.read()

    def read(self) -> Keyring:
        """The keys that there are; `WrongKey` without any."""
        if self.is_own:
            tighten(self.path)
        try:
            text = self.path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise WrongKey(
                f"The key file {self.path} cannot be read ({error}). Secrets in the database are "
                "sealed with it: bring it back, or name it by TASKGATE_SECRET_KEY_FILE."
            ) from error
        return Keyring.parse(text, str(self.path))

    def rotate(self) -> None:
        """Put a new key before those that there are."""
        self.read()
        replace_private(self.path, f"{new_key()}\n{self.path.read_text(encoding='utf-8')}")
