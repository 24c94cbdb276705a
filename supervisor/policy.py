"""When a child is restarted, found hung, or ended harder: pure decisions about times, with no clock of their own.

Every function takes `now` (seconds of a monotonic clock) and returns a verdict; process.py and supervisor.py carry it
out. Must not start, signal or read anything.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from msgspec import Struct

from shared.errors import EXIT_REFUSED
from shared.messages import ExpectStop, ForceReason, Heartbeat
from shared.settings import (
    DAEMON_HUNG_S,
    DEATHS_MAX,
    DEATHS_WINDOW_S,
    HEALTHY_S,
    HEARTBEAT_S,
    HEARTBEATS_MISSED,
    RESTART_FIRST_S,
    RESTART_MAX_S,
    TERMINATE_S,
    WINDOW_RESTART_MAX_S,
)

HEARTBEAT_LATE_S: Final = HEARTBEAT_S * HEARTBEATS_MISSED
FORCE_AFTER_S: Final = 2.5
"""A worker found silent is ended so much later: a machine that stalls for a moment costs no task, and a person who sees
that it hangs may still stop it."""


# --- restarts ------------------------------------------------------------------------------------------------------


class Restarts(Struct, frozen=True):
    """What is remembered of a child's deaths: when they were, within the window, and the delay of the last restart."""

    deaths: tuple[float, ...] = ()
    delay_s: float = 0.0


def after_death(past: Restarts, now: float, lived_s: float, exit_code: int = 1) -> tuple[Restarts, float | None]:
    """Return what is remembered from now on, and the delay of the restart; None: it has failed.

    It has failed when it died too often, or said by its exit code that the next start would go no better. The delay is
    `RESTART_FIRST_S`, doubles up to `RESTART_MAX_S`, and begins anew after a life of `HEALTHY_S`.
    """
    deaths = (*(at for at in past.deaths if now - at < DEATHS_WINDOW_S), now)
    delay = _next_delay(past, lived_s, RESTART_MAX_S)
    failed = exit_code == EXIT_REFUSED or len(deaths) >= DEATHS_MAX
    return Restarts(deaths, delay), None if failed else delay


def after_kill(past: Restarts, lived_s: float) -> tuple[Restarts, float]:
    """Return the same for a window that had been ready and was killed by SIGKILL, which no fault of its own sends.

    A person did it, or the kernel for want of memory: it is not counted as a death, however often it happens. The delay
    grows, but only up to `WINDOW_RESTART_MAX_S`: somebody sits there and waits for it.
    """
    delay = _next_delay(past, lived_s, WINDOW_RESTART_MAX_S)
    return Restarts(past.deaths, delay), delay


def _next_delay(past: Restarts, lived_s: float, longest_s: float) -> float:
    """Return the delay after a life of `lived_s`: the first one after a healthy life, else twice the last one."""
    is_first = lived_s >= HEALTHY_S or past.delay_s <= 0
    return RESTART_FIRST_S if is_first else min(past.delay_s * 2, longest_s)


# --- hung ----------------------------------------------------------------------------------------------------------


class Vitals(Struct, frozen=True):
    """The last signs of a child's life. `heard_at`: when it last sent `Ready` or a heartbeat."""

    heard_at: float
    heartbeat: Heartbeat | None = None


class Force(Struct, frozen=True):
    """The verdict that a worker has to be ended by force."""

    kind: ForceReason
    reason: str
    session_id: str | None = None
    by: str = "stepwell"


def is_silent(vitals: Vitals, now: float) -> bool:
    """Tell whether a child has missed its heartbeats."""
    return now - vitals.heard_at >= HEARTBEAT_LATE_S


def judge_worker(vitals: Vitals, now: float, stop_grace_s: float, asked: ExpectStop | None = None) -> Force | None:
    """Return why a ready worker has to be ended by force, or None while it need not be.

    What its last heartbeat said goes on counting: a step that was running then is taken to run still. `asked`: the
    stop that a person wishes, whether or not the worker has heard of it.
    """
    beat = vitals.heartbeat or Heartbeat(name="worker")
    reason = _why_force(beat, now - vitals.heard_at, stop_grace_s)
    if not reason:
        return None
    if asked is not None and beat.session_id in (None, asked.session_id):
        why = f"{asked.reason}; {reason}" if asked.reason else reason
        return Force(ForceReason.STOP, why, asked.session_id, asked.by or "a person")
    kind = ForceReason.HUNG if beat.stopping_for_s is None else ForceReason.STOP
    return Force(kind, reason, beat.session_id)


def _why_force(beat: Heartbeat, age: float, stop_grace_s: float) -> str:
    if beat.stopping_for_s is not None and beat.stopping_for_s + age >= stop_grace_s:
        return f"the task had not ended {stop_grace_s:g} s after the stop"
    if age >= HEARTBEAT_LATE_S + FORCE_AFTER_S:
        return f"the worker missed its heartbeats: no sign of life for {age:.1f} s"
    running, limit = beat.step_running_s, beat.step_limit_s
    if running is not None and limit is not None and running + age > limit:
        return f"its step ran longer than its limit of {limit:g} s"
    return ""


def daemon_is_lost(vitals: Vitals, now: float, disk_used_at: float) -> bool:
    """Tell whether a silent daemon has to be ended: a minute without a sign of life in which it used no disk either.

    A slow disk is not a crash: ending a daemon that waits for its disk would only make it wait again.
    """
    return now - max(vitals.heard_at, disk_used_at) >= DAEMON_HUNG_S


def forgive(vitals: Vitals, overslept_s: float) -> Vitals:
    """Return `vitals` as if the time in which the supervisor itself did not run had not passed for the child."""
    return Vitals(vitals.heard_at + overslept_s, vitals.heartbeat)


# --- stopping ------------------------------------------------------------------------------------------------------


class StopStage(StrEnum):
    """How hard a child has been asked to end."""

    ASKED = "asked"  # Quit
    TERMINATED = "terminated"  # SIGTERM
    KILLED = "killed"  # SIGKILL


def stop_stage(asked_at: float, now: float, quit_s: float) -> StopStage:
    """Return how hard a child that was asked to end at `asked_at`, and has `quit_s` for it, is to be asked by now."""
    waited = now - asked_at
    if waited < quit_s:
        return StopStage.ASKED
    return StopStage.TERMINATED if waited < quit_s + TERMINATE_S else StopStage.KILLED
