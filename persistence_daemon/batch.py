"""The core of the store: a list of requests becomes one transaction, its lines in the event log, and the answers.

    pictures to disk → BEGIN IMMEDIATE → each request validated, numbered, applied → log appended → COMMIT (FULL)

If anything fails nothing is answered as done: the transaction is rolled back, the log cut, what was remembered is
forgotten. A record that SQLite refuses for itself is set aside and the batch is run again without it, before anything
was appended. FULL and BUSY raise `StoreUnavailable`, and the caller keeps the batch and tries again. IOERR, CORRUPT
and a failed fsync raise `StoreBroken`: nothing that this process knows of the file may be trusted, so it must exit
without closing it. Called by server.py, start.py and the tests; knows no sockets and no clock.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import apsw
from msgspec import Struct

from persistence_daemon.apply import Applier
from persistence_daemon.apply_devices import NotApplicable
from persistence_daemon.burial import bury
from persistence_daemon.outbox import Estate
from persistence_daemon.pictures import NewPicture, closing_path, mismatch, step_path
from persistence_daemon.transaction import Policy, Transaction
from persistence_daemon.troubles import RolledBackError, Trouble, trouble_of
from persistence_daemon.validate import Place, Validator
from persistence_daemon.validate_records import Refused
from shared.errors import ErrorCode, StoreError
from shared.faultpoints import reach
from shared.identity import Identity
from shared.logs import get_logger
from shared.messages import BeginStep, ErrorInfo, Event, Message, Picture, Record, WriteRecords
from shared.posix import write_durably

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from persistence_daemon.event_log import EventLog
    from persistence_daemon.pictures import PictureStore


class Asked(Struct, frozen=True):
    """A request with its sender, as it came from a socket; `picture` is the raw frame behind it."""

    sender: Identity
    message: Message
    picture: bytes = b""


Work = Asked | Estate


class Committed(Struct, frozen=True):
    """What a batch came to: an answer for each request, and the events, all on disk."""

    answers: list[Message]
    events: list[Event]


class StoreUnavailable(StoreError):  # noqa: N818 - the name of a fact
    """No space, or locked by something else: nothing was written, the same batch may be tried again."""


class StoreBroken(StoreError):  # noqa: N818 - the name of a fact
    """The file or the disk failed: exit without closing the store."""


_UNAVAILABLE: Final = {
    Trouble.FULL: (ErrorCode.STORE_FULL, "there is no space left for the store", "make space on its disk"),
    Trouble.BUSY: (ErrorCode.STORE_BUSY, "another program locks the store", "close what has tasks.db open"),
}


_PROBE: Final = "run/space"
_PROBE_BYTES: Final = 1 << 16  # a step with its line in the log, without its picture


def as_store_error(error: Exception, trouble: Trouble) -> StoreError:
    """Return `error` as the caller of a batch is to take it: try again later, or exit."""
    if trouble in _UNAVAILABLE:
        code, sentence, remedy = _UNAVAILABLE[trouble]
        return StoreUnavailable(code, f"{sentence} ({error})", remedy=remedy, retryable=True)
    return StoreBroken(ErrorCode.INTERNAL, f"the store's file or disk failed: {error!r}")


class Store:
    """The writing side of one home's store. One object, one thread."""

    def __init__(
        self,
        connection: apsw.Connection,
        log: EventLog,
        pictures: PictureStore,
        policy: Policy,
        root: Path,
    ) -> None:
        self.connection = connection
        self.log = log
        self.policy = policy
        self.timeline: str
        self.seq: int
        self.timeline, self.seq = connection.execute("SELECT timeline, seq FROM meta").get
        self._pictures = pictures
        self.root = root
        self._applier = Applier(connection)
        self._validator = Validator()
        self._committing = False  # no record can be blamed for an error any more

    def run(self, works: Sequence[Work], at: str) -> Committed:
        """Carry out `works` in one transaction at the time `at`; StoreUnavailable or StoreBroken when it cannot be."""
        refused = self._store_pictures(works)
        dropped: set[int] = set()
        careful = False
        while True:
            answer = partial(self._answer_all, works=works, refused=refused, dropped=dropped, careful=careful)
            try:
                return self._transact(answer, at)
            except Exception as error:  # noqa: BLE001 - sorted below; nothing is swallowed
                blames_a_record = trouble_of(error) in (None, Trouble.RECORD)
                if not careful and not self._committing and blames_a_record:
                    careful = True  # it may be a row that was put off: run again, writing at once, to see whose it is
                    continue
                self._sort_out(error, refused, dropped)

    def emit(self, make: Callable[[Transaction], None], at: str) -> Committed:
        """Commit what the daemon itself has to say, by `tx.emit`; raises as `run` does."""

        def answers(tx: Transaction) -> list[Message]:
            make(tx)
            return []

        try:
            return self._transact(answers, at)
        except (apsw.Error, OSError, RolledBackError) as error:
            raise as_store_error(error, trouble_of(error) or Trouble.FATAL) from error

    def try_out(self) -> None:
        """Return when the store could take a small batch, as far as its lock and disk tell; raises as `run` does."""
        try:
            self.connection.execute("BEGIN IMMEDIATE")
            self.connection.execute("ROLLBACK")
            probe = self.root / _PROBE
            write_durably(probe, bytes(_PROBE_BYTES))
            probe.unlink()
        except (apsw.Error, OSError) as error:
            raise as_store_error(error, trouble_of(error) or Trouble.FATAL) from error

    def close(self) -> None:
        """Sync and close everything; the last connection moves the WAL into the file."""
        self.log.close()
        self._pictures.close()
        self.connection.close()

    def _transact(self, answer: Callable[[Transaction], list[Message]], at: str) -> Committed:
        self._committing = False
        appended_at: int | None = None
        connection = self.connection
        try:
            connection.execute("BEGIN IMMEDIATE")
            tx = Transaction(connection, self._applier, self.policy, self.timeline, self.seq, at)
            answers = answer(tx)
            if not tx.events:
                connection.execute("ROLLBACK")  # nothing changed: no fsync, no log
                return Committed(answers, [])
            self._applier.finish(tx.seq, tx.timeline)
            self._committing = True
            reach("daemon.before_append")
            self.log.make_ready(tx.events[0].seq)  # first: a size of the file before must not cut the new one
            appended_at = self.log.size
            self.log.append(tx.events)
            reach("daemon.appended")
            tx.still_open()
            reach("daemon.before_commit")
            connection.execute("COMMIT")
        except BaseException:
            self._undo(appended_at)
            raise
        reach("daemon.committed")
        self.seq, self.timeline = tx.seq, tx.timeline
        return Committed(answers, tx.events)

    def _answer_all(
        self,
        tx: Transaction,
        works: Sequence[Work],
        refused: dict[Place, Refused],
        dropped: set[int],
        *,
        careful: bool,
    ) -> list[Message]:
        answers: list[Message] = []
        self._applier.steps.puts_off = not careful
        for number, work in enumerate(works):
            tx.still_open()
            if number in dropped:
                answers.append(ErrorInfo(code=ErrorCode.INTERNAL, message="the store could not take this request"))
            elif isinstance(work, Estate):
                answers.append(bury(tx, self._validator, work, number, refused))
            else:
                answers.append(self._validator.answer(tx, work.sender, work.message, number, refused))
            if careful:
                tx.flush()
        return answers

    def _undo(self, appended_at: int | None) -> None:
        """Take everything back: the transaction, the log's lines, what was remembered."""
        self._applier.forget()
        if self.connection.in_transaction:
            try:
                self.connection.execute("ROLLBACK")
            except apsw.Error as error:
                raise as_store_error(error, Trouble.FATAL) from error
        if appended_at is not None:
            try:
                self.log.cut(appended_at)
            except OSError as error:
                raise as_store_error(error, Trouble.FATAL) from error

    def _sort_out(self, error: Exception, refused: dict[Place, Refused], dropped: set[int]) -> None:
        """Decide what a failed run means: mark the record that is to blame and return, or raise a StoreError."""
        place, trouble = self._validator.place, trouble_of(error)
        if isinstance(error, StoreError):
            raise error
        if self._committing and trouble not in _UNAVAILABLE:
            trouble = Trouble.FATAL
        if trouble in (Trouble.FULL, Trouble.BUSY, Trouble.FATAL):
            raise as_store_error(error, trouble) from error
        if place.request in dropped:
            raise StoreBroken(ErrorCode.INTERNAL, f"the store cannot write at all: {error}") from error
        known = trouble is Trouble.RECORD or isinstance(error, NotApplicable)
        get_logger().error("a record could not be stored", place=str(place), error=repr(error), exc_info=not known)
        if known and place not in refused:
            refused[place] = Refused(ErrorCode.SET_ASIDE, f"the store cannot hold this record: {error}")
        else:
            dropped.add(place.request)

    def _store_pictures(self, works: Sequence[Work]) -> dict[Place, Refused]:
        """Make the pictures of a batch durable; return the records that name one which did not come."""
        refused: dict[Place, Refused] = {}
        wanted: list[NewPicture] = []
        for place, record, data in _records_with_pictures(works):
            picture, path = _picture_of(record)
            if picture is None or self._is_deleted(record.session_id):
                continue  # of a deleted task nothing is kept
            why = mismatch(picture, data)
            if not why:
                wanted.append(NewPicture(path, data))
            elif data or not (self.root / path).exists():
                refused[place] = Refused(ErrorCode.SET_ASIDE, why)
        if wanted:
            try:
                self._pictures.store(wanted)
            except OSError as error:
                raise as_store_error(error, trouble_of(error) or Trouble.FATAL) from error
            reach("daemon.picture_written")
        return refused

    def _is_deleted(self, session_id: str) -> bool:
        sql = "SELECT 1 FROM deletions WHERE session_id = ?"
        try:
            return self.connection.execute(sql, (session_id,)).get is not None
        except apsw.Error as error:
            raise as_store_error(error, trouble_of(error) or Trouble.FATAL) from error


def _records_with_pictures(works: Sequence[Work]) -> Iterator[tuple[Place, Record, bytes]]:
    """Yield each record with the raw frame that belongs to it: the first one that names a picture gets it."""
    for number, work in enumerate(works):
        if isinstance(work, Estate):
            place = 0
            for item in work.items:
                if item.message is not None:
                    yield from _of_message(item.message, item.picture, number, place)
                    place += len(item.message.records)
        elif isinstance(work.message, WriteRecords):
            yield from _of_message(work.message, work.picture, number, 0)


def _of_message(message: WriteRecords, data: bytes, number: int, first: int) -> Iterator[tuple[Place, Record, bytes]]:
    for index, record in enumerate(message.records, first):
        if getattr(record, "picture", None) is not None:
            yield Place(number, index), record, data
            data = b""


def _picture_of(record: Record) -> tuple[Picture | None, str]:
    picture: Picture | None = getattr(record, "picture", None)
    if picture is None:
        return None, ""
    if isinstance(record, BeginStep):
        return picture, step_path(record.session_id, record.step_num, picture.digest)
    return picture, closing_path(record.session_id, picture.digest)
