"""The shape of the store's file: who it belongs to, which version it has, and how a newer version is reached.

`0001.sql`, `0002.sql`, … are applied in order, each in one transaction that also raises `user_version`, so that a
file is always of exactly one version. A file of another program, or of a newer Stepwell, is refused untouched.
Called at start and by whoever makes a fresh store (restores, the checker). Must not know what the tables mean.
"""

from __future__ import annotations

import struct
from importlib import resources
from typing import TYPE_CHECKING, Final

from shared.errors import BadInputError, ErrorCode, StoreError

if TYPE_CHECKING:
    from pathlib import Path

    import apsw

APPLICATION_ID: Final = 0x53575354  # "SWST": `file` and other programs see whose file this is
SCHEMA_VERSION: Final = 3
OLDEST_SQLITE: Final = (3, 51, 3)  # from 3.7.0 to 3.51.2 WAL mode can corrupt a database (the WAL-reset bug)

_HEADER_BYTES: Final = 100
_MAGIC: Final = b"SQLite format 3\0"
_USER_VERSION_AT: Final = 60  # offsets in the header of a SQLite file: sqlite.org/fileformat2.html
_APPLICATION_ID_AT: Final = 68


def check_sqlite_version(version: str) -> None:
    """Refuse a SQLite library that may corrupt the store; StoreError."""
    if tuple(int(part) for part in version.split(".")[:3]) < OLDEST_SQLITE:
        raise StoreError(
            ErrorCode.INTERNAL,
            f"SQLite {version} can corrupt a database in WAL mode (fixed in 3.51.3)",
            remedy="install apsw 3.51.3 or newer, which brings its own SQLite",
        )


def check_header(path: Path) -> bool:
    """Look at the head of a store's file before SQLite opens it; return False when it is no SQLite file at all.

    Reads by a plain open, which is harmless only while this process has no connection to the file. Raises
    BadInputError BAD_HOME for another program's file and for one of a newer Stepwell; neither is touched.
    """
    with path.open("rb") as file:
        head = file.read(_HEADER_BYTES)
    if len(head) < _HEADER_BYTES or not head.startswith(_MAGIC):
        return False
    (version,) = struct.unpack_from(">I", head, _USER_VERSION_AT)
    (owner,) = struct.unpack_from(">I", head, _APPLICATION_ID_AT)
    check_owner(path, owner, version)
    return True


def check_owner(path: Path, application_id: int, user_version: int) -> None:
    """Refuse a file that is not ours, or newer than this program knows; BadInputError BAD_HOME."""
    if application_id != APPLICATION_ID:
        raise BadInputError(
            ErrorCode.BAD_HOME,
            f"{path} is a database of another program, not a Stepwell store",
            remedy="choose another home by --home DIR; an older tasks.db comes in by `stepwell import PATH`",
        )
    if user_version > SCHEMA_VERSION:
        raise BadInputError(
            ErrorCode.BAD_HOME,
            f"{path} has schema {user_version}; this Stepwell knows {SCHEMA_VERSION}. It was not touched",
            remedy="use the Stepwell that last opened it, or a newer one",
        )


def migrate(connection: apsw.Connection) -> bool:
    """Bring the store to `SCHEMA_VERSION`, one numbered file a transaction; tell whether anything was done."""
    version = int(connection.pragma("user_version"))
    first = version
    for number in range(version + 1, SCHEMA_VERSION + 1):
        sql = resources.files("persistence_daemon.schema").joinpath(f"{number:04}.sql").read_text("utf-8")
        with connection:
            connection.pragma("application_id", APPLICATION_ID)
            connection.execute(sql)
            connection.pragma("user_version", number)
    return first != SCHEMA_VERSION
