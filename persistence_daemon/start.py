"""From a home to an open store: look before opening, create or rebuild, migrate, roll forward, continue the log.

Opening can destroy evidence (SQLite makes an empty store of a missing file and deletes its WAL), so what is there is
looked at first. The caller holds the daemon's lock. Called by server.py; nothing here binds or waits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import apsw
from msgspec import Struct

from persistence_daemon import migrations
from persistence_daemon.apply import Applier
from persistence_daemon.backup import listed_backups, sync_log_files, take_backup
from persistence_daemon.batch import Store, StoreBroken
from persistence_daemon.connection import open_writer
from persistence_daemon.event_log import EventLog
from persistence_daemon.log_reader import LogFile, cut_tail, is_empty, lines_of_descent, log_files, read_lines
from persistence_daemon.oddities import clear_at_start, refuse_folders
from persistence_daemon.pictures import PictureStore
from persistence_daemon.rebuild import Beginning, companions, create, quarantine, rebuild
from persistence_daemon.roll_forward import roll_forward
from persistence_daemon.soundness import is_in_doubt, make_sure, settle_doubt
from shared.errors import BadInputError, ErrorCode, StoreError
from shared.logs import get_logger
from shared.messages import TasksHeld

if TYPE_CHECKING:
    from persistence_daemon.transaction import Policy, Transaction
    from shared.paths import Home


class Opened(Struct):
    """An open store. `alerts`: what a person must know; `backup_reason`: why a backup is due now, '' when none is."""

    store: Store
    alerts: list[str]
    backup_reason: str


def open_store(home: Home, policy: Policy, begin: Beginning) -> Opened:
    """Open the home's store, making or rebuilding it where there is none; see the head of this file.

    Raises BadInputError BAD_HOME for a file that is not ours or newer than we know (untouched), and StoreBroken when
    the file turned out to be corrupt: it is quarantined then, and the next start rebuilds it.
    """
    migrations.check_sqlite_version(apsw.sqlite_lib_version())
    refuse_folders(home)
    odd = clear_at_start(home)
    alerts = _make_sure_of_a_file(home, begin)
    try:
        connection = open_writer(home.database)
        _check_whose(connection, home, demo=begin.demo)
        _migrate(home, connection, begin.at)
        if is_in_doubt(home):
            make_sure(connection)
        opened = _roll_and_continue(home, connection, policy, alerts)
    except (apsw.CorruptError, apsw.NotADBError) as error:
        where = quarantine(home, begin.at)
        settle_doubt(home)
        # The connection stays open on purpose: closing it would write into files that are evidence now.
        raise StoreBroken(
            ErrorCode.INTERNAL,
            f"tasks.db is corrupt ({error}); it was quarantined in {where} and will be rebuilt",
        ) from error
    settle_doubt(home)
    opened.alerts += odd
    return opened


def _make_sure_of_a_file(home: Home, begin: Beginning) -> list[str]:
    if home.database.exists() and home.database.stat().st_size > 0:
        if migrations.check_header(home.database):
            return []
        return rebuild(home, begin)
    if not _traces(home):
        home.database.unlink(missing_ok=True)
        create(home, begin)
        return []
    return rebuild(home, begin)


def _traces(home: Home) -> bool:
    """Tell whether the home has anything that a store leaves: then a missing file is a loss, not a beginning."""
    has_wal = any(path.exists() and path.stat().st_size > 0 for path in companions(home.database)[:1])
    return has_wal or not is_empty(home.event_log) or any(home.backups.glob("*.sqlite"))


def _check_whose(connection: apsw.Connection, home: Home, *, demo: bool) -> None:
    version, owner = int(connection.pragma("user_version")), int(connection.pragma("application_id"))
    migrations.check_owner(home.database, owner, version)
    if bool(connection.execute("SELECT demo FROM meta").get) != demo:
        here, wanted = ("a real", "the demo") if demo else ("a demo's", "real work")
        also = "" if demo else ", or start the demo: stepwell up --demo"
        raise BadInputError(
            ErrorCode.BAD_HOME,
            f"{home.root} is {here} home; {wanted} does not go there",
            remedy=f"name another folder by --home DIR or STEPWELL_HOME{also}",
        )


def _migrate(home: Home, connection: apsw.Connection, at: str) -> None:
    """Bring an older store to this schema, a verified backup first; StoreError, with nothing changed, without one."""
    version = int(connection.pragma("user_version"))
    if version == migrations.SCHEMA_VERSION:
        return
    reason = f"before schema {version} became {migrations.SCHEMA_VERSION}"
    stands_at = connection.execute("SELECT timeline, seq FROM meta").get
    if all((known.timeline, known.seq, known.reason) != (*stands_at, reason) for known in listed_backups(home)):
        try:
            take_backup(home, reason, at, lambda: sync_log_files(home))
        except (OSError, apsw.FullError, apsw.IOError, apsw.CantOpenError) as error:
            raise StoreError(
                ErrorCode.STORE_FULL,
                f"the store has schema {version} and stays so: no backup of it could be taken first ({error})",
                remedy=f"make room for a copy of {home.database}, then start Stepwell again",
            ) from error
    migrations.migrate(connection)
    get_logger().info("the store was migrated", was=version, now=migrations.SCHEMA_VERSION)


def _roll_and_continue(home: Home, connection: apsw.Connection, policy: Policy, alerts: list[str]) -> Opened:
    timeline = str(connection.execute("SELECT timeline FROM meta").get)
    files = log_files(home.event_log, timeline)
    torn = cut_tail(files[-1]) if files else b""
    if torn:
        get_logger().warning("the torn end of the event log was cut", bytes=len(torn), beginning=torn[:80])
    seq = connection.execute("SELECT seq FROM meta").get
    done = roll_forward(connection, Applier(connection), lines_of_descent(home.event_log, timeline, seq))
    if done.applied:
        get_logger().info("the event log was rolled forward", events=done.applied, seq=done.seq)
    why = _why_backup(files, done.seq, alerts, done.problems)
    last = files[-1] if files and not _ends_before(files, done.seq) else None
    log = EventLog(home.event_log, timeline, path=None if last is None else last.path)
    store = Store(connection, log, PictureStore(home), policy, home.root)
    return Opened(store, alerts + done.problems, why)


def _ends_before(files: list[LogFile], seq: int) -> bool:
    """Tell whether the log's last good line lies before the store: its unsynced tail went with the power."""
    last = 0
    for file in reversed(files):
        last = max((line.event.seq for line in read_lines(file.path) if line.event is not None), default=0)
        if last:
            break
    return last < seq


def _why_backup(files: list[LogFile], seq: int, alerts: list[str], problems: list[str]) -> str:
    if alerts:
        return "the store was rebuilt"
    if problems:
        return "the event log has bad lines"
    return "the event log ends before the store" if _ends_before(files, seq) else ""


def hold_queue(store: Store, start_id: str, at: str, *, resume: bool) -> None:
    """At the first start under a new `start_id`, hold what waits in the queue, unless it is to be resumed.

    A daemon that is restarted under the same start holds nothing.
    """
    if store.connection.execute("SELECT start_id FROM meta").get == start_id:
        return

    def hold(tx: Transaction) -> None:
        waiting = tx.row("SELECT 1 FROM tasks WHERE final_status = 'CREATED' AND held = '' LIMIT 1", ())
        if waiting is not None and not resume:
            reason = "it was queued before Stepwell was started; release its device to let it run"
            tx.emit(TasksHeld(reason=reason, before_seq=tx.seq + 1), str(tx.policy.daemon))

    store.emit(hold, at)
    with store.connection:
        store.connection.execute("UPDATE meta SET start_id = ?", (start_id,))
