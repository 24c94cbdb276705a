"""What can go wrong on request, so that its handling can be tried without a real model that fails.

Asked for by `POST /demo/faults {"kind": "429", "times": 2, "after": 1}` (the second and third chat request from now on
fail; `GET` shows and `DELETE` clears what is planned), or for all requests of one client by a suffix of the model's
name: `scripted-model+429`. The endpoint and the suffix are the demo's own; no real server has them.

Called by the server.
"""

from __future__ import annotations

import threading
from enum import StrEnum
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from demo.model.chat import RequestError

MAX_PLANNED: Final = 100


class FaultKind(StrEnum):
    """The ways to fail."""

    RATE_LIMIT = "429"
    SERVER_ERROR = "500"
    UNAUTHORIZED = "401"
    UNKNOWN_MODEL = "404"
    DROP = "drop"  # the connection is cut in the middle of the reply
    SLOW = "slow"  # a long time between tokens
    HANG = "hang"  # the request is taken and never answered
    MALFORMED = "malformed"  # an action that breaks off
    EMPTY = "empty"
    PROSE = "prose"
    UNKNOWN_ACTION = "unknown-action"
    NONSENSE_JSON = "nonsense-json"  # HTTP 200, and a body that is not JSON


class FaultPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Fail `times` chat requests in this way, after `after` ones that are answered as usual."""

    kind: FaultKind
    times: Annotated[int, Meta(ge=1, le=1_000_000)] = 1
    after: Annotated[int, Meta(ge=0, le=1_000_000)] = 0


SPOILED_REPLIES: Final = {
    FaultKind.MALFORMED: '<think>I tap the button.</think><answer>do(action="Tap", element=[50',
    FaultKind.EMPTY: "",
    FaultKind.PROSE: "I am not sure what to do here. The screen shows several things that could be meant.",
    FaultKind.UNKNOWN_ACTION: '<think>I teleport.</think><answer>do(action="Teleport", element=[500, 500])</answer>',
}
_ERRORS: Final = {
    FaultKind.RATE_LIMIT: (
        429,
        "Rate limit reached (asked for by the demo).",
        "rate_limit_error",
        "rate_limit_exceeded",
    ),
    FaultKind.SERVER_ERROR: (500, "The server had an error (asked for by the demo).", "server_error", None),
    FaultKind.UNAUTHORIZED: (
        401,
        "Incorrect API key provided (asked for by the demo).",
        "auth_error",
        "invalid_api_key",
    ),
    FaultKind.UNKNOWN_MODEL: (404, "The model does not exist (asked for by the demo).", "not_found", "model_not_found"),
}


class Faults:
    """The planned faults of one server; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._plans: list[FaultPlan] = []

    def add(self, body: bytes) -> FaultPlan:
        """Plan what `body` asks for; raise `RequestError` 400 when it cannot be read or too much is planned."""
        try:
            plan = msgspec.json.decode(body, type=FaultPlan)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            known = ", ".join(FaultKind)
            raise RequestError(
                400, f"no such fault: {error}; the kinds are {known}", "invalid_request_error"
            ) from error
        with self._lock:
            if len(self._plans) >= MAX_PLANNED:
                raise RequestError(400, f"{MAX_PLANNED} faults are planned already", "invalid_request_error")
            self._plans.append(plan)
        return plan

    def planned(self) -> list[FaultPlan]:
        """Return what is still planned."""
        with self._lock:
            return list(self._plans)

    def clear(self) -> None:
        """Forget everything that is planned."""
        with self._lock:
            self._plans.clear()

    def next_for(self, model: str) -> FaultKind | None:
        """Return how the chat request that came now fails, or None; counts it in every plan."""
        _, plus, suffix = model.rpartition("+")
        if plus and suffix in set(FaultKind):
            return FaultKind(suffix)
        with self._lock:
            return self._take()

    def _take(self) -> FaultKind | None:
        due = next((plan for plan in self._plans if plan.after == 0), None)
        counted = [_count(plan, taken=plan is due) for plan in self._plans]
        self._plans = [plan for plan in counted if plan is not None]
        return due.kind if due else None


def _count(plan: FaultPlan, *, taken: bool) -> FaultPlan | None:
    if plan.after:
        return FaultPlan(plan.kind, plan.times, plan.after - 1)
    if not taken:
        return plan
    return FaultPlan(plan.kind, plan.times - 1) if plan.times > 1 else None


def raise_if_error(kind: FaultKind | None) -> None:
    """Raise the `RequestError` of the kinds that are one."""
    if kind in _ERRORS:
        raise RequestError(*_ERRORS[kind])
