"""The pictures that a backup names, in a folder outside the home: `pictures/<2 digits>/<digest>.png`.

A file there is named after what it holds, came by a rename when it was durable, and is never written again: so a copy
is incremental, and what an interrupted one left is the next one's. Each picture is compared with the digest that the
rows carry, on the way out and on the way back. Called by backup_verb.py; the store's own files are not its business.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from persistence_daemon.connection import open_frozen
from persistence_daemon.pictures import NAMED_PICTURES, digest_of_file
from shared.faultpoints import reach
from shared.posix import fsync_dir, write_synced

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FOLDER: Final = "pictures"
_PATH: Final = re.compile(r"screenshots/[A-Za-z0-9_-]{1,64}/[A-Za-z0-9_-]{1,64}\.png")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


class Copied(Struct):
    """How many pictures were copied now, and the paths of those that are missing or not what the rows say."""

    copied: int = 0
    missing: list[str] = []


def save_pictures(root: Path, copy: Path, folder: Path, tell: Callable[[str, int, int], None]) -> Copied:
    """Make every picture that the backup at `copy` names durable in `folder`, from the home at `root`."""
    pairs = {digest: path for path, digest in _named(copy)}
    wanted = [(path, root / path, _place(folder, digest), digest) for digest, path in pairs.items()]
    return _copy([one for one in wanted if not one[2].exists()], folder, tell)


def bring_back(root: Path, copy: Path, folder: Path, tell: Callable[[str, int, int], None]) -> Copied:
    """Make every picture that the backup at `copy` names durable in the home at `root`, unless it is there, whole."""
    wanted = [(path, _place(folder, digest), root / path, digest) for path, digest in _named(copy)]
    return _copy([one for one in wanted if not _is_there(one[2], one[3])], root / "screenshots", tell)


def _named(copy: Path) -> list[tuple[str, str]]:
    connection = open_frozen(copy)
    try:
        rows = [(str(path), str(digest)) for path, digest in connection.execute(NAMED_PICTURES)]
    finally:
        connection.close()
    return [(path, digest) for path, digest in rows if _PATH.fullmatch(path) and _DIGEST.fullmatch(digest)]


def _place(folder: Path, digest: str) -> Path:
    return folder / FOLDER / digest[:2] / f"{digest}.png"


def _is_there(path: Path, digest: str) -> bool:
    return path.is_file() and digest_of_file(path) == digest


def _copy(wanted: list[tuple[str, Path, Path, str]], above: Path, tell: Callable[[str, int, int], None]) -> Copied:
    """Copy each from its second path to its third; the names of all are durable when this returns."""
    done = Copied()
    folders: set[Path] = set()
    for number, (name, source, target, digest) in enumerate(wanted, 1):
        data = source.read_bytes() if source.is_file() else b""
        if hashlib.sha256(data).hexdigest() == digest:
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_synced(target, data)
            folders.add(target.parent)
            done.copied += 1
            reach("backup.picture")
        else:
            done.missing.append(name)
        tell("pictures", number, len(wanted))
    for folder in sorted(folders | {folder.parent for folder in folders} | ({above} if folders else set())):
        fsync_dir(folder)
    return done
