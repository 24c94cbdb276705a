"""`stepwell.toml` as the window sees and changes it: read and written in another thread, then put in force.

A change goes three ways: into the file (shared/settings_file.py), to the supervisor, which reads it again for all
processes, and to the desk, which builds the window anew. When one of the first two refuses, the file is as it was and
the person is told why. A file that somebody else changed is read again, not overwritten. One for the window
(`desk.keeper`), since pages do not outlive a change. Must not show anything.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from msgspec import Struct
from PySide6.QtCore import QObject, QRunnable, QThreadPool, Signal

from gui import words
from gui.callbacks import still_there
from shared.errors import ErrorCode, StepwellError
from shared.logs import get_logger
from shared.settings import Settings
from shared.settings_file import SettingsFile, remove_key, write_key

if TYPE_CHECKING:
    from pathlib import Path

    from gui.desk import Desk
    from shared.messages import Done, ErrorInfo
    from shared.paths import Home

_NOT_ASKED: Final = (
    ErrorCode.NOT_RUNNING,
    ErrorCode.STORE_AWAY,
)  # nobody answered: the file counts from the next start


class KeyChange(Struct, frozen=True):
    """What becomes of the key file of a profile: `typed` is its new key, '' removes it."""

    profile: str
    typed: str = ""


class _Read(Struct, frozen=True):
    """The file as it is, and the profiles that have a key file of ours."""

    file: SettingsFile
    keys: frozenset[str]


class _Change(Struct, frozen=True):
    """A change under way: what was before, what shall be, and who is to be told."""

    former: Settings
    wanted: Settings
    key: KeyChange | None
    had_key: bool
    then: Callable[[], None]
    failed: Callable[[str], None]


class _Job(QRunnable):
    """Does `work` in a thread of the pool, and reports what it returned or the StepwellError that it raised."""

    def __init__(self, work: Callable[[], object], report: Callable[[object], None]) -> None:
        super().__init__()
        self._work = work
        self._report = report

    def run(self) -> None:
        """Do it."""
        try:
            found = self._work()
        except StepwellError as error:
            found = error
        except OSError as error:
            found = StepwellError(ErrorCode.BAD_SETTINGS, f"{error.filename}: {error.strerror}")
        self._report(found)


class SettingsKeeper(QObject):
    """See the head of this file. `settings` is what the file means; `keys` the profiles with a key that was typed in.

    `changed` comes when one of the two was read anew.
    """

    changed = Signal()
    read_soon = Signal()  # to be emitted from any thread: the supervisor says that it has read the file
    _was_read = Signal(object)
    _was_written = Signal(object)
    _was_undone = Signal(object)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.keys: frozenset[str] = frozenset()
        self._desk = desk
        self._file: SettingsFile | None = None
        self._change: _Change | None = None
        self._told = ""
        self._pool = QThreadPool(self, maxThreadCount=1)
        self.read_soon.connect(self.read)
        self._was_read.connect(self._take_read)
        self._was_written.connect(self._take_written)
        self._was_undone.connect(self._take_undone)

    @property
    def settings(self) -> Settings:
        """What the file means; before it was read, what this window was started with."""
        return self._file.settings if self._file is not None else self._desk.settings

    @property
    def is_busy(self) -> bool:
        """Whether a change is being written."""
        return self._change is not None

    def read(self) -> None:
        """Read the file again, a moment later."""
        home = self._desk.home
        self._pool.start(_Job(lambda: _read(home), self._was_read.emit))

    def change(
        self,
        wanted: Settings,
        then: Callable[[], None],
        failed: Callable[[str], None],
        key: KeyChange | None = None,
    ) -> None:
        """Let the settings be `wanted`; later `then` is called, or `failed` with why nothing was changed."""
        if self._change is not None or self._file is None:
            failed(self.tr("The settings are still being read or written; try again in a moment."))
            return
        file, home = self._file, self._desk.home
        had_key = key is not None and key.profile in self.keys
        self._change = _Change(file.settings, wanted, key, had_key, then, failed)
        change = self._change
        self._pool.start(_Job(lambda: _write(home, file, change), self._was_written.emit))

    def close(self) -> None:
        """Wait for what is being written."""
        self._pool.waitForDone()

    def _take_read(self, found: _Read | StepwellError) -> None:
        if isinstance(found, StepwellError):
            self._desk.tell.emit(_sentence(found), True)
            return
        known = self._file
        self._file, self.keys = found.file, found.keys
        if known is not None and known.settings != found.file.settings and self._change is None:
            self._desk.take_settings(found.file.settings)
        self.changed.emit()

    def _take_written(self, found: _Read | StepwellError) -> None:
        if isinstance(found, StepwellError):
            self._told = _sentence(found)
            home = self._desk.home
            self._pool.start(_Job(lambda: _read(home), self._was_undone.emit))
            return
        self._file, self.keys = found.file, found.keys
        self._desk.commands.reload_settings(self._in_force, self._not_in_force)

    def _in_force(self, _answer: Done) -> None:
        self._succeed(self.tr("Saved. Running tasks keep what they began with; the next ones use it."))

    def _not_in_force(self, error: ErrorInfo) -> None:
        if error.code in _NOT_ASKED:
            self._succeed(self.tr("Saved. The supervisor did not answer, so it counts from the next start."))
            return
        self._told = words.refusal(error)
        file, home, change = self._file, self._desk.home, self._change
        if file is not None and change is not None:
            self._pool.start(_Job(lambda: _undo(home, file, change), self._was_undone.emit))

    def _succeed(self, sentence: str) -> None:
        change, self._change = self._change, None
        if change is None:
            return
        if still_there(change.then):
            change.then()
        self._desk.tell.emit(sentence, False)
        self.changed.emit()
        self._desk.take_settings(change.wanted)

    def _take_undone(self, found: _Read | StepwellError) -> None:
        """Go on with what the file is now, after a refusal."""
        change, self._change = self._change, None
        told = self._told
        if isinstance(found, _Read) and change is not None:
            self._file, self.keys = found.file, found.keys
            if found.file.settings != change.former:
                told = self.tr(
                    "stepwell.toml was changed by something else meanwhile. It was read again; nothing of yours was"
                    " written."
                )
        if change is not None and still_there(change.failed):
            change.failed(told)
        self._desk.tell.emit(told, True)
        self.changed.emit()
        if isinstance(found, _Read) and change is not None and found.file.settings != change.former:
            self._desk.take_settings(found.file.settings)


def _read(home: Home) -> _Read:
    file = SettingsFile.read(home.settings_file)
    return _Read(file, _keys(home.root / "keys"))


def _keys(folder: Path) -> frozenset[str]:
    return frozenset(path.name for path in folder.iterdir()) if folder.is_dir() else frozenset()


def _write(home: Home, file: SettingsFile, change: _Change) -> _Read:
    """Write settings and key so that a refusal leaves both as they were, and no settings name a key that is not there.

    A first key comes before the settings that name its file; one in another's place comes after them, and so does the
    removal of one.
    """
    key = change.key
    first = key is not None and bool(key.typed) and not change.had_key
    if key is not None and first:
        write_key(home, key.profile, key.typed)
    try:
        written = file.write(change.wanted)
    except StepwellError:
        if key is not None and first:
            remove_key(home, key.profile)
        raise
    if key is not None and not first:
        _put_key(home, key)
    return _Read(written, _keys(home.root / "keys"))


def _put_key(home: Home, key: KeyChange) -> None:
    if key.typed:
        write_key(home, key.profile, key.typed)
    else:
        remove_key(home, key.profile)


def _undo(home: Home, file: SettingsFile, change: _Change) -> _Read:
    """Put the settings back; the supervisor refused them."""
    get_logger().warning("the supervisor refused the settings; they are put back")
    former = file.write(change.former)
    if change.key is not None and change.key.typed and not change.had_key:
        remove_key(home, change.key.profile)
    return _Read(former, _keys(home.root / "keys"))


def _sentence(error: StepwellError) -> str:
    return f"{error.message}; {error.remedy}" if error.remedy else error.message
