"""The gate between an agent and its phone: open exactly while a durable step is open.

It remembers what the step's outcome needs: whether the phone was touched, whether a command's result is unknown, and
the time spent inside device commands. Opened and closed by the context, asked by the guarded device, shut for good
when the task is taken away from the agent. Thread-safe.
"""

from __future__ import annotations

import threading

from worker.errors import NoOpenStep, StopRequested, UnknownResult


class StepGate:
    """One per task."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open = False
        self._shut = ""
        self._forbidden = ""
        self.touched = False
        self.unknown = ""
        self.device_time_s = 0.0

    def open(self) -> None:
        """Let the device be touched: a step's intent is durable."""
        with self._lock:
            if self._shut:
                raise StopRequested(self._shut)
            self._open = True
            self._forbidden = ""
            self.touched = False
            self.unknown = ""
            self.device_time_s = 0.0

    def close(self) -> None:
        """Let nothing pass until the next step; how long the device took is still known."""
        with self._lock:
            self._open = False
            self._forbidden = ""
            self.touched = False
            self.unknown = ""

    def forbid(self, why: str) -> None:
        """Let nothing pass in the open step, until it is allowed: a person has not said yes."""
        with self._lock:
            self._forbidden = why

    def allow(self) -> None:
        """Let the open step's commands pass again: a person's yes is committed."""
        with self._lock:
            self._forbidden = ""

    def shut(self, why: str) -> None:
        """Let nothing pass any more."""
        with self._lock:
            self._shut = why

    def pass_change(self, command: str) -> None:
        """Let a call through that changes the phone; raises NoOpenStep, StopRequested or UnknownResult instead."""
        with self._lock:
            if self._shut:
                raise StopRequested(self._shut)
            if not self._open:
                raise NoOpenStep(f"{command} was called outside of `with context.step(…)`; nothing was sent")
            if self._forbidden:
                raise NoOpenStep(f"{command} was not sent: {self._forbidden}")
            if self.unknown:
                raise UnknownResult(f"{command} was not sent: {self.unknown}")
            self.touched = True

    def not_sent(self) -> None:
        """Take back that the phone was touched: the command was not sent. Only for a step's first command."""
        with self._lock:
            self.touched = False

    def result_unknown(self, sentence: str) -> None:
        """Remember that a command may have happened."""
        with self._lock:
            self.unknown = sentence

    def add_time(self, seconds: float) -> None:
        """Count time inside a device command."""
        with self._lock:
            self.device_time_s += seconds
