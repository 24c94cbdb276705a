"""JSON-line logs: one file a process, rotated and bounded, keys masked by value, control characters escaped.

`configure_logs` is called once at the edge of a process; everybody else calls `get_logger`. JSON escapes control
characters, so a model's reply cannot paint on a person's terminal. Must not raise because of what is logged.
"""

from __future__ import annotations

import json
import logging
import logging.handlers
import os
from typing import TYPE_CHECKING, Any, Final

import structlog

from shared.settings import LOG_FILE_BYTES, LOG_FILES

if TYPE_CHECKING:
    from pathlib import Path

    from structlog.typing import EventDict, FilteringBoundLogger, WrappedLogger

_MASK: Final = "***"
_SHORTEST_SECRET: Final = 6  # masking shorter values would mask ordinary words
_secrets: set[str] = set()


def mask_values(values: set[str]) -> None:
    """Replace these values (keys) by `***` wherever they would be logged from now on."""
    _secrets.update(value for value in values if len(value) >= _SHORTEST_SECRET)


def masked(text: str) -> str:
    """Return `text` without any value that `mask_values` was told of."""
    for secret in _secrets:
        text = text.replace(secret, _MASK)
    return text


def configure_logs(folder: Path, process: str, level: str = "info") -> None:
    """Send this process's log lines to `folder/<process>.jsonl`; in `level` and above."""
    handler = logging.handlers.RotatingFileHandler(
        folder / f"{process}.jsonl",
        maxBytes=LOG_FILE_BYTES,
        backupCount=LOG_FILES - 1,
        encoding="utf-8",
        errors="backslashreplace",  # a lone surrogate becomes its JSON escape
    )
    handler.setFormatter(logging.Formatter("%(message)s"))
    root = logging.getLogger("stepwell")
    root.handlers[:] = [handler]
    root.propagate = False
    root.setLevel(level.upper())
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
    """Return the process's logger: `log.info("what happened", task=…)`, a sentence and its facts."""
    logger: FilteringBoundLogger = structlog.get_logger("stepwell")
    return logger


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
    return masked(json.dumps(ordered, ensure_ascii=False, default=repr))
