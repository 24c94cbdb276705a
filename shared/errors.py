"""Errors that cross a process boundary: a closed set of codes, and one small exception tree.

A message on the wire never carries an exception; it carries `ErrorInfo(code, message, detail, retryable)` (see
messages.py). This file must not import anything of Stepwell. Raised early, caught at the edge of each process.
"""

from __future__ import annotations

import errno
from enum import StrEnum
from typing import Final

FULL_ERRNOS: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})  # there is no space for more

# How a process of ours ends when it cannot do its work (sysexits.h): its parent has nothing else when no log can be
# written.
EXIT_FAILED: Final = 1  # it may go better at the next start
EXIT_NO_SPACE: Final = 73
EXIT_REFUSED: Final = 78  # it goes the same at every start, until a person does something


class ErrorCode(StrEnum):
    """Why a request was refused. Scripts rely on these words (`--json`)."""

    BAD_REQUEST = "BAD_REQUEST"  # a frame, an argument or a field is not what it must be
    TOO_LARGE = "TOO_LARGE"  # a frame, a picture or a text is over its limit
    WRONG_VERSION = "WRONG_VERSION"  # another protocol version
    WRONG_ROLE = "WRONG_ROLE"  # this sender may not send this message
    UNKNOWN_TASK = "UNKNOWN_TASK"
    AMBIGUOUS_TASK = "AMBIGUOUS_TASK"  # a prefix fits several tasks
    UNKNOWN_DEVICE = "UNKNOWN_DEVICE"
    UNKNOWN_AGENT = "UNKNOWN_AGENT"
    UNKNOWN_MODEL = "UNKNOWN_MODEL"
    UNKNOWN_PROCESS = "UNKNOWN_PROCESS"
    ILLEGAL_TRANSITION = "ILLEGAL_TRANSITION"  # the table of states does not allow it
    CONFLICT = "CONFLICT"  # another record stands under the same key; this one is kept in set_aside
    SET_ASIDE = "SET_ASIDE"  # the record was kept raw, and will never be applied
    STALE = "STALE"  # an older claim, or a wait that is over
    FENCED = "FENCED"  # the task no longer belongs to this incarnation of the worker
    STORE_AWAY = "STORE_AWAY"  # no answer from the daemon in time: not confirmed
    STORE_FULL = "STORE_FULL"  # no space left for the store
    STORE_BUSY = "STORE_BUSY"  # the store is locked by something else
    DEADLINE = "DEADLINE"  # the request's deadline had passed; it was dropped
    NOT_RUNNING = "NOT_RUNNING"  # Stepwell, or the process asked for, does not run
    BAD_SETTINGS = "BAD_SETTINGS"
    BAD_HOME = "BAD_HOME"  # the home cannot be used
    HOME_IN_USE = "HOME_IN_USE"  # another supervisor holds it
    INTERNAL = "INTERNAL"  # a fault of Stepwell itself


class StepwellError(Exception):
    """Something that a person or a script must be told.

    `message` says what happened and to what, `remedy` what can be done, `retryable` whether the same request may
    succeed later.
    """

    def __init__(self, code: ErrorCode, message: str, *, remedy: str = "", retryable: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.remedy = remedy
        self.retryable = retryable


class BadInputError(StepwellError):
    """What a person, a file or a peer gave cannot be used; nothing was changed."""


class NotReachableError(StepwellError):
    """The process asked for did not answer in time; whether it did what was asked is not confirmed."""


class NotConfirmedError(NotReachableError):
    """A submitted task may be queued, or may not: look for `session_id` later, or submit the very same again."""

    def __init__(self, code: ErrorCode, session_id: str, why: str) -> None:
        super().__init__(
            code,
            f"task {session_id} is not confirmed: {why}",
            remedy=f"it may be queued all the same; look for it later: stepwell show {session_id}",
            retryable=True,
        )
        self.session_id = session_id


class StoreError(StepwellError):
    """The store cannot take the record now, or ever."""


def exit_code_of(error: StepwellError | OSError) -> int:
    """Return the code with which a process ends because of `error`."""
    if isinstance(error, OSError):
        return EXIT_NO_SPACE if error.errno in FULL_ERRNOS else EXIT_FAILED
    if error.code is ErrorCode.STORE_FULL:
        return EXIT_NO_SPACE
    return EXIT_REFUSED if error.code in (ErrorCode.BAD_HOME, ErrorCode.BAD_SETTINGS) else EXIT_FAILED
