"""What every fault test ends with: one check, whatever was killed.

Nothing acknowledged is missing, doubled or changed (the workers' own lines, acknowledgements.py); nothing published is
missing or changed (`EventRecorder` heard it, outside of Stepwell); the invariants of the store hold; every command that
changed the phone has a committed intent, and none was executed twice; no task claims to run when nothing runs it.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import msgspec
import zmq
from acknowledgements import check_acknowledged
from phone_checks import without_intent
from stepwell_harness import wait_for

from persistence_daemon.invariants import check_events
from shared.errors import StepwellError
from shared.messages import DebtTried, Event, ListTasks, StateChanged, StepBegun
from shared.paths import Home
from shared.publishing import Subscriber

if TYPE_CHECKING:
    from stepwell_harness import Stepwell

UNFINISHED = {"RUNNING", "STOPPING"}
TAPS = 8


class EventRecorder:
    """Keeps every event that a home's daemon publishes, across its deaths."""

    def __init__(self, stepwell: Stepwell) -> None:
        self.events: dict[int, Event] = {}
        self.changed: list[int] = []
        self._endpoint = Home(stepwell.home).endpoint("events")
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._record)
        self._thread.start()

    def _record(self) -> None:
        context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        subscriber = Subscriber(context, self._endpoint)
        while not self._stop.is_set():
            subscriber.socket.poll(50)
            while (message := subscriber.receive()) is not None:
                if isinstance(message, Event):
                    known = self.events.setdefault(message.seq, message)
                    if known != message:
                        self.changed.append(message.seq)
        subscriber.close()
        context.term()

    def close(self) -> None:
        """Stop listening."""
        self._stop.set()
        self._thread.join()


def taps(count: int = TAPS, first: int = 0) -> str:
    """Return a flow of taps, each at coordinates of its own, so that a doubled one is seen."""
    return "".join(f"- tap: [{100 + first + n}, {200 + first + n}]\n" for n in range(count))


def outcomes(shown: dict[str, Any]) -> list[str]:
    """Return the outcome of each step of what `show` says."""
    return [step["outcome"] for step in shown["steps"]]


def logged_events(stepwell: Stepwell) -> dict[int, Event]:
    """Return the event log, by seq: lines of `crc json`."""
    found: dict[int, Event] = {}
    for path in sorted((stepwell.home / "event_log").glob("*.jsonl")):
        for line in path.read_bytes().splitlines():
            event = msgspec.json.decode(line.partition(b" ")[2], type=Event)
            assert event.seq not in found, f"seq {event.seq} stands twice in the event log"
            found[event.seq] = event
    return found


def check_everything(stepwell: Stepwell, recorder: EventRecorder | None, tasks: list[str]) -> None:
    """The check that every fault test ends with. Stepwell may be up or down; if it is down it is left so."""
    assert stepwell.violations() == []
    log = logged_events(stepwell)
    acknowledged = check_acknowledged(stepwell, log)
    if recorder is not None:
        assert acknowledged, "no worker said what was acknowledged: the test proves nothing"
        assert recorder.events, "no event was heard: the test proves nothing"
        assert recorder.changed == [], "an event was published twice with different contents"
        for seq, event in recorder.events.items():
            assert log.get(seq) == event, f"published event {seq} is not what the event log holds"
    check_phone(stepwell, log)
    assert list(check_events(log[seq] for seq in sorted(log))) == []
    ended = {
        event.body.session_id
        for event in log.values()
        if isinstance(event.body, StateChanged) and event.body.to_state not in UNFINISHED
    }
    assert ended <= set(tasks) or not tasks


def check_phone(stepwell: Stepwell, log: dict[int, Event]) -> None:
    """Every command that changed the phone has a committed intent; none was carried out twice."""
    steps = [event.body.step for event in log.values() if isinstance(event.body, StepBegun)]
    tries = sum(isinstance(event.body, DebtTried) for event in log.values())  # to put the former keyboard back
    beyond = without_intent(stepwell.mutating(), [(step.action, step.action_params) for step in steps], tries)
    assert not beyond, f"executed without a committed intent, or twice: {beyond}"


def settle(stepwell: Stepwell, tasks: list[str]) -> dict[str, str]:
    """Wait until no task is RUNNING or STOPPING, and return the state of each."""

    client = stepwell.client()

    def settled() -> dict[str, str] | None:
        try:
            page = client.tasks(ListTasks(limit=500))
        except StepwellError:
            return None
        states = {row.session_id: str(row.final_status) for row in page.items}
        return states if not UNFINISHED & {states[task] for task in tasks} else None

    try:
        states: dict[str, str] = wait_for("no task runs any more", settled)
    finally:
        client.close()
    return states
