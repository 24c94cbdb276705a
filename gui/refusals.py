"""What a refusal's code means, for a window that speaks another language than the processes, which speak English.

Called by words.py: what the process itself said stays behind the sentence, as the detail.
"""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from shared.errors import ErrorCode

translate = QCoreApplication.translate  # by this name lupdate finds the texts


def meaning(code: ErrorCode) -> str:
    """Return what happened, in the window's language; every code has its sentence."""
    return (_of_requests() | _of_the_store() | _of_the_home())[code]


def _of_requests() -> dict[ErrorCode, str]:
    return {
        ErrorCode.BAD_REQUEST: translate("refusals", "what was asked for is not allowed"),
        ErrorCode.TOO_LARGE: translate("refusals", "a text or a picture is too large"),
        ErrorCode.WRONG_VERSION: translate("refusals", "another version of Stepwell runs: restart it"),
        ErrorCode.WRONG_ROLE: translate("refusals", "this process may not ask for that"),
        ErrorCode.UNKNOWN_TASK: translate("refusals", "there is no such task"),
        ErrorCode.AMBIGUOUS_TASK: translate("refusals", "several tasks fit that name"),
        ErrorCode.UNKNOWN_DEVICE: translate("refusals", "there is no such phone"),
        ErrorCode.UNKNOWN_AGENT: translate("refusals", "there is no such agent"),
        ErrorCode.UNKNOWN_MODEL: translate("refusals", "there is no such model profile"),
        ErrorCode.UNKNOWN_PROCESS: translate("refusals", "there is no such process"),
        ErrorCode.ILLEGAL_TRANSITION: translate("refusals", "the task's state does not allow that"),
        ErrorCode.STALE: translate("refusals", "that is over already"),
        ErrorCode.FENCED: translate("refusals", "the task no longer belongs to that worker"),
        ErrorCode.NOT_RUNNING: translate("refusals", "the process asked for does not run"),
    }


def _of_the_store() -> dict[ErrorCode, str]:
    return {
        ErrorCode.CONFLICT: translate("refusals", "another record stands in its place already"),
        ErrorCode.SET_ASIDE: translate("refusals", "the record was set aside and does not count"),
        ErrorCode.STORE_AWAY: translate("refusals", "the store does not answer"),
        ErrorCode.STORE_FULL: translate("refusals", "the store's disk is full"),
        ErrorCode.STORE_BUSY: translate("refusals", "something else holds the store locked"),
        ErrorCode.DEADLINE: translate("refusals", "it came too late and was not done"),
    }


def _of_the_home() -> dict[ErrorCode, str]:
    return {
        ErrorCode.BAD_SETTINGS: translate("refusals", "the settings are not good"),
        ErrorCode.BAD_HOME: translate("refusals", "Stepwell's folder cannot be used"),
        ErrorCode.HOME_IN_USE: translate("refusals", "Stepwell's folder is in use already"),
        ErrorCode.INTERNAL: translate("refusals", "a fault of Stepwell itself; its log says more"),
    }
