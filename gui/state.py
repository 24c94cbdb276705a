"""What the window remembers of itself, in a file of the home (state_file.py): where the person was, what they typed.

Every change is written at once (a moment later, by another thread), so that a killed window reopens where it was. No
record depends on it: a file that cannot be read is put aside and the window begins with the defaults. Settings that
other processes read are not here but in `stepwell.toml`.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, Literal

import msgspec
from msgspec import Struct, field
from PySide6.QtCore import QObject, QRunnable, QThreadPool, QTimer

from shared.logs import get_logger

if TYPE_CHECKING:
    from pathlib import Path

_WRITE_AFTER_MS: Final = 250  # typing makes a change a key; one write a quarter second is enough
_PAST_TEXTS: Final = 50

Theme = Literal["system", "light", "dark"]
OnClose = Literal["ask", "keep", "stop"]  # what becomes of running tasks when the window is closed
PageName = Literal["phones", "run", "history", "settings"]


class Draft(Struct, kw_only=True):
    """What stands in the task input, as it was typed; it outlives the window. '' is the settings' default."""

    text: str = ""
    agent: str = ""
    device_ids: list[str] = field(default_factory=list)  # a task for each; none: one task for any phone
    model: str = ""
    max_steps: str = ""
    time_limit_s: str = ""
    expect_text: str = ""
    script: str = ""
    # By device ('': any): the ids under which it was sent and not confirmed, so that a repeat makes no second task.
    session_ids: dict[str, str] = field(default_factory=dict)


class Template(Struct, kw_only=True):
    """A task that a person keeps under a name."""

    name: str
    draft: Draft


class PhonesPlace(Struct, kw_only=True):
    """What a person has opened on PHONES."""

    options_open: bool = False
    guide_open: bool = False


class HistoryPlace(Struct, kw_only=True):
    """Where a person was in HISTORY: the tab, the filters of its list, its statistics and its logs."""

    tab: str = "history"
    text: str = ""
    state: str = ""
    device_id: str = ""
    model: str = ""
    since: str = ""
    until: str = ""
    days: int = 30  # of the statistics; 0: all
    log_process: str = ""
    log_level: str = "info"
    log_task: str = ""
    log_text: str = ""


class RunPlace(Struct, kw_only=True):
    """How a person looks at a run: which picture, how large, how fast it plays; and corrections being typed."""

    after: bool = False  # the picture after the step instead of the one before it
    both: bool = True  # both pictures, where they have room beside each other
    full_size: bool = False
    speed: int = 1
    corrections: dict[str, str] = field(default_factory=dict)  # by what is judged: `session_id[/step_num]`


class SettingsPlace(Struct, kw_only=True):
    """Where a person was in SETTINGS, and what is typed there and not saved: by field, never a key."""

    section: str = "general"
    drafts: dict[str, str] = field(default_factory=dict)
    model_edited: str | None = None  # the profile whose dialog is open; "": a new one
    model_draft: dict[str, str] = field(default_factory=dict)


class Remembered(Struct, kw_only=True):
    """Everything that is remembered. A field that a newer window added is ignored by an older one."""

    theme: Theme = "system"
    language_chosen_in: str = ""  # the start in which a person chose a language: it counts over what that one asked for
    geometry: str = ""  # QWidget.saveGeometry, in base64
    page: PageName = "phones"
    session_id: str | None = None  # the task that RUN shows
    step_num: int | None = None  # its selected step; None: the newest is followed
    run_tab: str = "thinking"
    phones: PhonesPlace = field(default_factory=PhonesPlace)
    run: RunPlace = field(default_factory=RunPlace)
    history: HistoryPlace = field(default_factory=HistoryPlace)
    draft: Draft = field(default_factory=Draft)
    past_texts: list[str] = field(default_factory=list)
    templates: list[Template] = field(default_factory=list)
    splitters: dict[str, str] = field(default_factory=dict)  # QSplitter.saveState by name, in base64
    settings: SettingsPlace = field(default_factory=SettingsPlace)
    notify: bool = True
    on_close: OnClose = "ask"


class WindowState(QObject):
    """`now` is what is remembered; whoever changes it calls `save`. `is_new`: no window was here before.

    `first` is the first window's file, where this one is a further window: when it has nothing to remember it begins
    with what a person has set up there, though not with where they are or what they are typing.
    """

    def __init__(self, path: Path, first: Path | None = None) -> None:
        super().__init__()
        self._path = path
        self.is_new = first is None and not path.exists()
        self.now = _read(path) or _like(first)
        self._timer = QTimer(self, singleShot=True, interval=_WRITE_AFTER_MS)
        self._timer.timeout.connect(self._write)
        self._pool = QThreadPool(self, maxThreadCount=1)

    def save(self) -> None:
        """Write the file a moment later."""
        if not self._timer.isActive():
            self._timer.start()

    def remember_text(self, text: str) -> None:
        """Put a task's text in front of the past ones."""
        past = [text, *(old for old in self.now.past_texts if old != text)]
        self.now.past_texts = past[:_PAST_TEXTS]
        self.save()

    def close(self) -> None:
        """Write what is not written yet, and wait for it."""
        if self._timer.isActive():
            self._timer.stop()
            self._write()
        self._pool.waitForDone()

    def _write(self) -> None:
        self._pool.start(_Write(self._path, msgspec.json.format(msgspec.json.encode(self.now), indent=1)))


class _Write(QRunnable):
    """Writes the file beside the window's thread; a slow disk must not be felt."""

    def __init__(self, path: Path, data: bytes) -> None:
        super().__init__()
        self._path = path
        self._data = data

    def run(self) -> None:
        """Write to a temporary name and rename; not fsynced, since no record depends on it."""
        temporary = self._path.with_name(f"{self._path.name}.{os.getpid()}.tmp")
        try:
            temporary.write_bytes(self._data)
            temporary.replace(self._path)
        except OSError as error:
            get_logger().warning("the window's state was not kept", error=str(error))


def _read(path: Path) -> Remembered | None:
    """Return what is remembered, None when no window has written it yet."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Remembered)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError) as error:
        get_logger().warning("the window's state was not readable; it begins anew", error=str(error))
        _put_aside(path)
        return Remembered()


def _like(first: Path | None) -> Remembered:
    """Return the defaults, with what a person has set up in the first window."""
    if first is None:
        return Remembered()
    try:
        known = msgspec.json.decode(first.read_bytes(), type=Remembered)
    except (OSError, msgspec.DecodeError) as error:
        get_logger().info("a further window begins with the defaults", error=str(error))
        return Remembered()
    return Remembered(
        theme=known.theme,
        notify=known.notify,
        on_close=known.on_close,
        templates=known.templates,
        past_texts=known.past_texts,
        splitters=known.splitters,
    )


def _put_aside(path: Path) -> None:
    """Keep a file that cannot be read, for whoever wants to know why; the next one replaces it."""
    try:
        path.replace(path.with_name(f"{path.name}.unreadable"))
    except OSError as error:
        get_logger().warning("the window's unreadable state could not be put aside", error=str(error))
