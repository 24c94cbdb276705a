"""The daemon's loop: drain, commit, acknowledge, publish; and look, each second, for workers that died.

No timer gathers a batch: while one commit is in fsync the next batch gathers in the socket by itself. One thread
writes, by a synchronous poller; views are made by a pool beside it. Every send is NOBLOCK, so a peer that does not read
loses its reply and nobody else's. The loop never sleeps: while the store takes nothing (a full disk) the batch waits in
`Waiting`, by the rules of holdup.py, and everything else goes on. Called by `__main__`; what may happen is decided in
validate*.py, not here.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import zmq

from persistence_daemon import waits
from persistence_daemon.audit import WalWatch
from persistence_daemon.backup_thread import BackupThread
from persistence_daemon.batch import Asked, Committed
from persistence_daemon.eraser import deletions_in
from persistence_daemon.holdup import Waiting
from persistence_daemon.liveness import close_estate, find_dead
from persistence_daemon.oddities import clear_outbox
from persistence_daemon.pictures import PictureStore
from persistence_daemon.reserve import Reserve
from persistence_daemon.shortage import ends_something
from persistence_daemon.soundness import SoundnessCheck
from persistence_daemon.times import now_text
from persistence_daemon.upkeep import Upkeep
from persistence_daemon.views import VIEWS, Figures, ReadPool
from persistence_daemon.writing import Writing
from shared.errors import ErrorCode, StepwellError
from shared.faultpoints import reach
from shared.messages import (
    Accepted,
    BeginStep,
    ErrorInfo,
    Hello,
    Message,
    Position,
    RecordsWritten,
    TidyStore,
    WriteRecords,
)
from shared.publishing import Publisher
from shared.settings import LOCK_POLL_S, POSITION_S
from shared.transport import Responder, error_info

if TYPE_CHECKING:
    from persistence_daemon.start import Opened
    from shared.child import Child
    from shared.identity import Identity
    from shared.transport import Incoming

_TURN_MS: Final = 250  # the loop says that it lives at least so often
_LAST_WORDS_S: Final = 1.0  # after the supervisor's death: workers get so long to say how they ended
_LISTEN_MS: Final = 20
_ALERTS_MAX: Final = 20
_DRAIN_MAX: Final = 2048  # requests taken in one turn, so that a flood of views cannot keep records waiting


class Server:
    """The daemon between its sockets and its store. The store is open, the lock is held."""

    def __init__(self, child: Child, opened: Opened) -> None:
        self._child = child
        self._store = opened.store
        self._alerts = list(opened.alerts)[:_ALERTS_MAX]
        self._waiting = Waiting()
        self._writing = Writing(opened.store, Reserve(child.home.root))
        self._holdup = self._writing.holdup
        self._wal = WalWatch(child.home.database)
        self._thumbnails = PictureStore(child.home)
        self._present: dict[Identity, str] = {}
        self._next_position = self._next_look = 0.0
        self._requests = Responder(child.context, child.home.endpoint("daemon"), child.identity)
        self._events = Publisher(child.context, child.home.endpoint("events"), child.identity)
        self._readers = ReadPool(child.context, child.home)
        store, requests = self._store, self._requests.socket
        self._upkeep = Upkeep(child.home, store.connection, self._writing.checkpoints, lambda: bool(requests.poll(0)))
        self._poller = zmq.Poller()
        for source in (self._requests.socket, self._events.socket, self._readers.socket, child.stop_fd):
            self._poller.register(source, zmq.POLLIN)
        self._store.log.start_syncing(self._writing.broken)
        self._soundness = SoundnessCheck(child.home, self._writing.broken)
        self._backups = BackupThread(child.home, self._store.log.sync, self._backups_gib)
        if opened.backup_reason:
            self._backups.begin(opened.backup_reason)

    def run(self) -> None:
        """Serve until a stop is asked for, then finish what is in hand and close everything."""
        self._look_for_dead()
        self._expire_waits()
        self._child.ready()
        while not self._child.stop_requested.is_set():
            self._turn()
        if self._child.orphaned:
            self._hear_last_words()
        self._holdup.hurry()
        while self._serve_once():
            self._child.alive()
        self._look_for_dead()
        self._close()

    def _turn(self) -> None:
        events = dict(self._poller.poll(self._patience_ms()))
        self._child.alive()
        if self._events.socket in events:
            self._events.welcome()
        if self._readers.socket in events:
            for made in self._readers.answered():
                self._requests.reply(made.request, made.answer)
        busy = (self._requests.socket in events or bool(self._waiting)) and self._serve_once()
        self._tick()
        if self._writing.checkpoints.is_due(idle=not busy, quiet=self._upkeep.is_quiet(time.monotonic())):
            self._writing.checkpoint()
        if not self._holdup.sentence:
            if not busy:
                self._backups.look(self._store.timeline, self._store.seq)
            self._keep_up(busy=busy)

    def _patience_ms(self) -> int:
        due = min(self._next_position, self._next_look)
        if self._waiting:
            due = min(due, self._holdup.retry_at)
        if not self._holdup.sentence:
            due = min(due, self._upkeep.due_at())
        return max(0, min(_TURN_MS, int((due - time.monotonic()) * 1000) + 1)) if due > 0 else 0

    def _serve_once(self) -> bool:
        """Drain the socket once, commit what asks for it, answer; tell whether a batch was tried."""
        self._drain()
        now = time.monotonic()
        if self._writing.shortage.is_on and (asked := self._waiting.take(now, ends_something)):
            self._carry_out(asked)
        if not self._waiting or not self._holdup.is_due(now):
            return False
        asked = self._waiting.take(now)
        if (full := self._writing.still_full()) is not None:
            self._keep(asked, full)
        else:
            self._carry_out(asked)
        return True

    def _carry_out(self, asked: list[Incoming]) -> None:
        reach("daemon.drained")
        committed = self._writing.run([Asked(one.sender, one.message, one.picture) for one in asked])
        if isinstance(committed, StepwellError):
            self._keep(asked, committed)
        else:
            self._acknowledge(asked, committed)

    def _drain(self) -> None:
        for _ in range(_DRAIN_MAX):
            if self._waiting.is_full and not self._holdup.sentence:
                break
            incoming = self._requests.receive()
            if incoming is None:
                break
            if isinstance(incoming.message, VIEWS):
                self._view(incoming)
            elif isinstance(incoming.message, TidyStore):
                self._requests.reply(incoming, self._upkeep.ask(time.monotonic(), vacuum=incoming.message.vacuum))
            elif not self._waiting.add(incoming):
                sentence = f"{self._holdup.sentence}, and too much waits for it already"
                self._requests.reply(incoming, ErrorInfo(code=ErrorCode.STORE_BUSY, message=sentence, retryable=True))

    def _keep(self, asked: list[Incoming], failed: StepwellError) -> None:
        """Let requests wait for the next try; those that cannot are told that nothing of them is stored, and why."""
        for one in asked:
            if not (self._holdup.may_wait(one) and self._waiting.add(one)):
                self._requests.reply(one, error_info(failed))

    def _view(self, incoming: Incoming) -> None:
        if not self._readers.ask(incoming, self._figures()):
            sentence = "too many views of yours are waiting; read their answers first"
            self._requests.reply(incoming, ErrorInfo(code=ErrorCode.STORE_BUSY, message=sentence, retryable=True))

    def _acknowledge(self, asked: list[Incoming], committed: Committed) -> None:
        for one, answer in zip(asked, committed.answers, strict=True):
            self._requests.reply(one, answer)
        if committed.events:
            reach("daemon.acknowledged")
            self._publish(committed)
        for one, answer in zip(asked, committed.answers, strict=True):
            self._after(one, answer)
        self._upkeep.deleted(deletions_in(committed.events))

    def _publish(self, committed: Committed) -> None:
        for event in committed.events:
            self._events.publish(event)
        reach("daemon.published")

    def _after(self, one: Incoming, answer: Message) -> None:
        """Do what need not be durable: thumbnails of what was accepted, who is present."""
        message = one.message
        if isinstance(message, Hello) and message.device is not None:
            self._present[one.sender] = message.device.device_id
        elif isinstance(message, WriteRecords) and isinstance(answer, RecordsWritten):
            for record, result in zip(message.records, answer.results, strict=True):
                if isinstance(record, BeginStep) and record.thumbnail and isinstance(result, Accepted):
                    self._keep_thumbnail(record)

    def _keep_thumbnail(self, record: BeginStep) -> None:
        try:
            self._thumbnails.store_thumbnail(record.session_id, record.step_num, record.thumbnail)
        except OSError as error:
            self._child.log.warning("a thumbnail was not kept", task=record.session_id, error=repr(error))

    def _tick(self) -> None:
        now = time.monotonic()
        if now >= self._next_position:
            self._next_position = now + POSITION_S
            self._events.publish(Position(timeline=self._store.timeline, seq=self._store.seq))
            if not self._wal.is_there():
                self._writing.broken(RuntimeError("the WAL of the live store vanished"))
        if now >= self._next_look:
            self._next_look = now + LOCK_POLL_S
            self._look_for_dead()
            if not self._waiting:
                self._writing.look_for_space(time.monotonic())
            self._tell_of(self._writing.end_what_waits(now))
            self._expire_waits()

    def _expire_waits(self) -> None:
        """End the waits whose deadline has passed; while the store takes nothing they are looked at again later."""
        at = now_text()
        if self._holdup.sentence or not waits.is_due(self._store.connection, at):
            return
        self._tell_of(self._writing.emit(waits.expire_due, at))

    def _backups_gib(self) -> float:
        """Return how much space backups may take, as the settings say it now."""
        return self._child.config.settings.limits.backups_gib

    def _tell_of(self, committed: Committed | StepwellError | None) -> None:
        """Publish what the daemon itself has committed, if it has."""
        if isinstance(committed, Committed):
            self._publish(committed)

    def _look_for_dead(self) -> None:
        if not self._holdup.is_due(time.monotonic()):
            return  # a death cannot be recorded now
        self._alerts = [*clear_outbox(self._child.home), *self._alerts][:_ALERTS_MAX]
        dead = find_dead(self._child.home, self._store.connection, self._present)
        if not dead:
            return
        self._serve_once()  # what they sent before they died comes before what is concluded
        if self._holdup.sentence:
            for one in dead:
                one.lock.release()
            return
        committed = self._writing.run([one.estate for one in dead])
        for number, one in enumerate(dead):
            self._present.pop(one.estate.worker, None)
            # A burial that was refused has taken nothing in: what it left stays for the next look.
            if isinstance(committed, Committed) and not isinstance(committed.answers[number], ErrorInfo):
                close_estate(self._child.home, one)
                self._child.log.info("a worker is gone", worker=str(one.estate.worker), files=len(one.estate.items))
                for problem in one.estate.problems:
                    self._child.log.warning("what a worker left is not readable", problem=problem)
            else:
                one.lock.release()
        self._tell_of(committed)

    def _hear_last_words(self) -> None:
        """Serve the workers while they end, because the supervisor died, so that the store knows how."""
        end = time.monotonic() + _LAST_WORDS_S
        while time.monotonic() < end and any(self._child.home.outbox.glob("*.lock")):
            self._requests.socket.poll(_LISTEN_MS)
            self._serve_once()
            self._look_for_dead()

    def _figures(self) -> Figures:
        held_up = self._holdup.sentence
        alerts = (held_up, *self._alerts) if held_up else tuple(self._alerts)
        present = {device: worker.name for worker, device in self._present.items()}
        return Figures(
            self._writing.times.percentile(50),
            self._writing.times.percentile(99),
            alerts,
            present,
            self._child.config.demo,
        )

    def _keep_up(self, *, busy: bool) -> None:
        """Do a portion of upkeep when it is time for one."""
        now = time.monotonic()
        self._upkeep.look(now, busy=busy)
        if now < self._upkeep.due_at():
            return
        failed = self._writing.keep_up(self._upkeep.run)
        if failed is not None:
            self._upkeep.put_off(now)
            self._child.log.warning("the store's upkeep waits", error=failed.message)

    def _close(self) -> None:
        self._requests.close()
        self._events.close()
        self._readers.close()
        self._soundness.close()
        self._thumbnails.close()
        self._upkeep.close()
        self._store.close()
