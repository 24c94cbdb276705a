"""JSON-line logs: one file a process, rotated and bounded, keys masked by value, control characters escaped.

`configure_logs` is called once at the edge of a process; everybody else calls `get_logger`. JSON escapes control
C0 characters, and what else moves a cursor or turns text round is escaped here, so a model's reply cannot paint on a
person's terminal. Must not raise because of what is logged.
"""

from __future__ import annotations

import json
import logging
import logging.handlers
import os
import re
import sys
from typing import TYPE_CHECKING, Any, Final, cast

from shared.posix import in_the_way
from shared.settings import LOG_FILE_BYTES, LOG_FILES

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

    import structlog
    from structlog.typing import EventDict, FilteringBoundLogger, WrappedLogger

MASK: Final = "***"
SHORTEST_SECRET: Final = 6  # masking shorter values would mask ordinary words
# DEL, C1 (0x9b is a terminal's CSI), line and paragraph separators, marks that turn the direction of text
_UNSAFE: Final = re.compile("[\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_secrets: set[str] = set()


def mask_values(values: set[str]) -> None:
    """Replace these values (keys) by `***` wherever they would be logged from now on."""
    for value in values:
        if len(value) >= SHORTEST_SECRET:
            _secrets.update((value, _as_json(value)[1:-1]))  # as it is, and as it looks in a line of the log


def masked(text: str) -> str:
    """Return `text` without any value that `mask_values` was told of."""
    for secret in sorted(_secrets, key=len, reverse=True):  # one may be the beginning of another
        text = text.replace(secret, MASK)
    return text


class _LineOnly(logging.Formatter):
    """Writes what `_render` made and nothing else; logging's own formatter adds the traceback again, unmasked."""

    def format(self, record: logging.LogRecord) -> str:
        return record.getMessage()


def configure_logs(folder: Path, process: str, level: str = "info") -> None:
    """Send this process's log lines to `folder/<process>.jsonl`; in `level` and above.

    BadInputError BAD_HOME when something lies there that is no file; OSError when the disk does not take one.
    """
    path = folder / f"{process}.jsonl"
    if path.exists() and not path.is_file():
        raise in_the_way(path)
    handler = logging.handlers.RotatingFileHandler(
        path,
        maxBytes=LOG_FILE_BYTES,
        backupCount=LOG_FILES - 1,
        encoding="utf-8",
        errors="backslashreplace",  # a lone surrogate becomes its JSON escape
    )
    handler.setFormatter(_LineOnly())
    root = logging.getLogger("stepwell")
    for former in root.handlers:
        former.close()
    root.handlers[:] = [handler]
    root.propagate = False
    set_log_level(level)
    _configure_structlog(process)


def set_log_level(level: str) -> None:
    """Log in `level` and above from now on."""
    logging.getLogger("stepwell").setLevel(level.upper())


def _structlog() -> ModuleType:
    """Import structlog without rich, which it would load for colours that nobody here asks for: 12 MB, 0.2 s."""
    modules = cast("dict[str, ModuleType | None]", sys.modules)
    absent = "rich" not in modules
    if absent:
        modules["rich"] = None  # Python's own way to say that a module is not there
    try:
        import structlog  # noqa: PLC0415 - 0.1 s, which a command that logs nothing need not pay
    finally:
        if absent:
            del modules["rich"]
    return structlog


def _configure_structlog(process: str) -> None:
    structlog = _structlog()

    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.contextvars.merge_contextvars,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            _with_process(process),
            _render,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def get_logger() -> FilteringBoundLogger:
    """Return the process's logger: `log.info("what happened", task=…)`, a sentence and its facts.

    Before `configure_logs`, as in a command that is no process of its own, what is logged goes nowhere.
    """
    structlog = _structlog()

    if not structlog.is_configured():
        root = logging.getLogger("stepwell")
        root.addHandler(logging.NullHandler())
        root.propagate = False
        _configure_structlog("")
    logger: FilteringBoundLogger = structlog.get_logger("stepwell")
    return logger


def is_logged(level: str) -> bool:
    """Tell whether lines of `level` are kept, where making one costs something."""
    return logging.getLogger("stepwell").isEnabledFor(logging.getLevelNamesMapping()[level.upper()])


def _with_process(process: str) -> structlog.typing.Processor:
    pid = os.getpid()

    def add(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
        event["process"] = process
        event["pid"] = pid
        return event

    return add


def _render(_logger: WrappedLogger, _name: str, event: EventDict) -> str:
    ordered: dict[str, Any] = {
        key: event.pop(key) for key in ("at", "level", "process", "pid", "event") if key in event
    }
    ordered.update(event)
    try:
        return masked(_as_json(ordered))
    except (TypeError, ValueError, RecursionError):  # a key that is no text, a value that holds itself
        return masked(_as_json({key: _plain(value) for key, value in ordered.items()}))


def _plain(value: object) -> object:
    return value if isinstance(value, str | int | None) else repr(value)


def _as_json(value: object) -> str:
    """Return `value` as JSON that is safe to print; only inside its texts can there be anything to escape."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, default=repr)
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
