"""Who speaks: names, incarnations, and the ids that Stepwell makes. Must not know about sockets or files.

A name is a role, or a role and a suffix: `daemon`, `supervisor`, `worker-1`, `cli-5b0c9a`. An incarnation is new each
time a process starts, so that what an earlier one said can be told from what this one says.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import uuid
from typing import Final

from msgspec import Struct

from shared.messages import Role

IDENTIFIER: Final = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")
_LONGEST_NAME: Final = 64


class Identity(Struct, frozen=True):
    """A process in one of its lives."""

    name: str
    incarnation: str

    @property
    def role(self) -> Role:
        """The part of the name before the first `-`; ValueError when no process has that role."""
        return Role(self.name.partition("-")[0])

    @property
    def routing_id(self) -> bytes:
        """The ZeroMQ routing id: a restarted peer never meets the queue of its former life."""
        return str(self).encode()

    def __str__(self) -> str:
        return f"{self.name}.{self.incarnation}"


def quoted(text: str) -> str:
    """Return what somebody gave in place of a name, in quotes and cut to what a sentence can hold."""
    return repr(text if len(text) <= _LONGEST_NAME else text[:_LONGEST_NAME] + "…")


def parse_identity(text: str) -> Identity:
    """Return the identity that `name.incarnation` names; ValueError when it does not name one."""
    name, dot, incarnation = text.partition(".")
    if not (dot and IDENTIFIER.match(name) and IDENTIFIER.match(incarnation)):
        raise ValueError(f"{text!r} is not NAME.INCARNATION")
    identity = Identity(name, incarnation)
    _ = identity.role
    return identity


def new_incarnation() -> str:
    """Return 16 random hexadecimal digits."""
    return secrets.token_hex(8)


def new_session_id() -> str:
    """Return a new task's id: 32 random hexadecimal digits, so that a prefix of 8 names it among thousands."""
    return uuid.uuid4().hex


def session_id_from_key(key: str) -> str:
    """Return the id that a person's key stands for: the same key is the same task, however often it is submitted."""
    return hashlib.sha256(b"stepwell task key\0" + key.encode("utf-8", "surrogatepass")).hexdigest()[:32]
