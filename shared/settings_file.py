"""Changing `stepwell.toml` for a person: only what is meant to change, comments and order kept, or nothing at all.

`SettingsFile.read` gives what the file means; `write` takes what it is to mean from then on, edits the text, and reads
the result by the same strict rules as a starting Stepwell before it takes the old one's place, durably. A file that
somebody else changed meanwhile is refused, not merged: two halves of two wishes are nobody's wish. Keys never stand in
it: `write_key` puts one into a private file of its own. Called by the window and by `stepwell models`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import msgspec
import tomlkit
from msgspec import Struct
from tomlkit.exceptions import TOMLKitError

from shared.errors import BadInputError, ErrorCode
from shared.logs import get_logger
from shared.posix import FileLock, LockHeldError, private_dir, write_durably
from shared.settings import MAX_KEY, ModelProfile, Settings, parse_settings

if TYPE_CHECKING:
    from collections.abc import MutableMapping
    from pathlib import Path

    from tomlkit import TOMLDocument

    from shared.paths import Home

_NAME: Final = re.compile(r"\A[A-Za-z0-9_-]{1,64}\Z")
_UNCHANGED: Final = "nothing was changed"
_BY_HAND: Final = f"{_UNCHANGED}; edit the file by hand"


class SettingsFile:
    """The file as it was read, and what it means. It is not kept open: read it again after each `write`."""

    def __init__(self, path: Path, raw: bytes | None, settings: Settings) -> None:
        self.path = path
        self.settings = settings
        self._raw = raw  # None: there was no file

    @classmethod
    def read(cls, path: Path) -> SettingsFile:
        """Read `path`; a missing file means the defaults. BadInputError BAD_SETTINGS when it is not good."""
        raw = _bytes_of(path)
        return cls(path, raw, parse_settings(_text_of(path, raw), path))

    def write(self, wanted: Settings) -> SettingsFile:
        """Make the file mean `wanted`; it is on disk when this returns the file as it is then.

        BadInputError BAD_SETTINGS, and nothing changed, when a value is not allowed, when the file has changed since
        it was read, or when it cannot be written.
        """
        text = edited(_text_of(self.path, self._raw), self.settings, wanted, self.path)
        data = text.encode()
        try:
            _replace(self.path, self._raw, data)
        except OSError as error:
            raise _refused(self.path, f"cannot be written: {error.strerror}") from None
        return SettingsFile(self.path, data, wanted)


def with_model(settings: Settings, name: str, profile: ModelProfile) -> Settings:
    """Return `settings` with the profile `name`, new or in place of the former one."""
    return msgspec.structs.replace(settings, models={**settings.models, name: profile})


def without_model(settings: Settings, name: str) -> Settings:
    """Return `settings` without the profile `name`; also no longer named as the default of tasks."""
    models = {other: profile for other, profile in settings.models.items() if other != name}
    task = msgspec.structs.replace(settings.task, model="") if settings.task.model == name else settings.task
    return msgspec.structs.replace(settings, models=models, task=task)


def edited(text: str, now: Settings, wanted: Settings, path: Path) -> str:
    """Return `text`, which means `now`, edited so that it means `wanted`; BadInputError BAD_SETTINGS."""
    _check(wanted, path)
    for rewritten in (False, True):  # where models stand as inline tables or dotted keys they are written anew
        try:
            document = tomlkit.parse(text)
            if rewritten:
                document.pop("models", None)
            _edit_tables(document, msgspec.structs.replace(now, models={}) if rewritten else now, wanted)
            result = tomlkit.dumps(document)
            if parse_settings(result, path) == wanted:
                return result
        except (TOMLKitError, BadInputError, LookupError, TypeError, ValueError) as error:
            get_logger().info("a way to edit the settings was not good", rewritten=rewritten, error=str(error))
    raise _refused(path, "is written in a way that cannot be edited safely", _BY_HAND)


def _check(wanted: Settings, path: Path) -> None:
    """Refuse, in a person's words, what a starting Stepwell would not read."""
    parse_settings(tomlkit.dumps(_plain(wanted)), path, remedy=_UNCHANGED)


def _plain(value: Any) -> Any:
    """Return settings as what TOML can say: None by leaving it out."""
    builtins = msgspec.to_builtins(value) if isinstance(value, Struct) else value
    if isinstance(builtins, dict):
        return {name: _plain(item) for name, item in builtins.items() if item is not None}
    return builtins


def write_key(home: Home, profile: str, key: str) -> str:
    """Keep a typed key in a file that only its owner can read, and return what `api_key_file` is to say.

    BadInputError BAD_SETTINGS when it is no key; the key is in no error, and in no log from then on.
    """
    _check_name(profile)
    plain = key.strip()
    if not plain or len(plain) > MAX_KEY or not plain.isascii() or not plain.isprintable():
        raise BadInputError(
            ErrorCode.BAD_SETTINGS,
            f"what was given as the key of {profile!r} is empty, too long, or holds characters that no key has",
            remedy="copy the key again, in one line",
        )
    folder = private_dir(home.root / "keys")
    try:
        write_durably(folder / profile, plain.encode())
    except OSError as error:
        raise _refused(folder / profile, f"cannot be written: {error.strerror}") from None
    return f"keys/{profile}"


def remove_key(home: Home, profile: str) -> None:
    """Remove the file that `write_key` made for a profile, if there is one."""
    _check_name(profile)
    (home.root / "keys" / profile).unlink(missing_ok=True)


def _edit_tables(document: TOMLDocument, now: Settings, wanted: Settings) -> None:
    _edit(document, now, wanted, skipped=("task", "limits", "models"))
    for name in ("task", "limits"):
        _edit_table(document, name, getattr(now, name), getattr(wanted, name))
    models = document.get("models", {})
    for name in now.models:
        if name not in wanted.models:
            del models[name]
    for name, profile in wanted.models.items():
        if "models" not in document:
            document["models"] = tomlkit.table(is_super_table=True)
        former = now.models.get(name)
        if former is None:
            document["models"][name] = _table_of(profile)
        else:
            _edit(document["models"][name], former, profile)


def _edit_table(document: TOMLDocument, name: str, now: Struct, wanted: Struct) -> None:
    if now == wanted:
        return
    if name not in document:
        document[name] = tomlkit.table()
    _edit(document[name], now, wanted)


def _edit(table: MutableMapping[str, Any], now: Struct, wanted: Struct, skipped: tuple[str, ...] = ()) -> None:
    """Set what differs; None, which TOML cannot say, is said by leaving the key out."""
    for name in now.__struct_fields__:
        value = getattr(wanted, name)
        if name in skipped or value == getattr(now, name):
            continue
        if value is None:
            del table[name]
        else:
            table[name] = value


def _table_of(profile: ModelProfile) -> MutableMapping[str, Any]:
    """Return a new profile's table: its endpoint, and what differs from the defaults."""
    table = tomlkit.table()
    default = ModelProfile(base_url="")
    table["base_url"] = profile.base_url
    table["model"] = profile.model
    _edit(table, default, profile, skipped=("base_url", "model"))
    return table


def _replace(path: Path, former: bytes | None, data: bytes) -> None:
    """Put `data` in the place of `former`, under a lock that all writers of this file take."""
    target = path.resolve()  # a link stays a link
    private = private_dir(target.parent) if former is None else target.parent
    try:
        lock = FileLock.take(private / f".{target.name}.lock")
    except LockHeldError as error:
        raise _refused(path, f"is being changed by process {error.pid}") from None
    try:
        if _bytes_of(path) != former:
            raise _refused(path, "was changed by something else since it was read")
        write_durably(target, data)
    finally:
        lock.release()


def _bytes_of(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _refused(path, f"cannot be read: {error.strerror}") from None


def _text_of(path: Path, raw: bytes | None) -> str:
    try:
        return (raw or b"").decode()
    except UnicodeDecodeError as error:
        raise _refused(path, f"cannot be read: {error}") from None


def _check_name(profile: str) -> None:
    if not _NAME.match(profile):
        sentence = f"{profile!r} is no name of a model profile: 1 to 64 letters, digits, `_` or `-`"
        raise BadInputError(ErrorCode.BAD_SETTINGS, sentence, remedy="name it anew")


def _refused(path: Path, what: str, remedy: str = f"{_UNCHANGED}; try again") -> BadInputError:
    return BadInputError(ErrorCode.BAD_SETTINGS, f"{path}: {what}", remedy=remedy)
