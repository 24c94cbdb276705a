"""When the store's upkeep is done, and that it gives way: space given back, statistics, portions between the work."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from store_lab import CLI, StoreLab

from persistence_daemon.commits import Checkpoints
from persistence_daemon.upkeep import Upkeep
from shared.messages import DeleteTask, Done
from shared.task_state import TaskEvent

if TYPE_CHECKING:
    from collections.abc import Iterator

TEXT = "what was seen " * 1000  # some pages a step


class Desk:
    """An Upkeep of a store with free pages, and whether a request waits."""

    def __init__(self, lab: StoreLab) -> None:
        self.waits = False
        self.lab = lab
        lab.running()
        for number in range(1, 101):
            lab.accepted(lab.begin(number, reply=TEXT))
            lab.accepted(lab.finish(number))
        lab.accepted(lab.change(TaskEvent.SUCCEEDED))
        assert isinstance(lab.ask(CLI, DeleteTask(session_id="task-1")), Done)
        lab.tidy()
        self.checkpoints = Checkpoints(lab.store.connection)
        self.upkeep = Upkeep(lab.home, lab.store.connection, self.checkpoints, lambda: self.waits)

    def free(self) -> int:
        return self.upkeep.ask(0.0, vacuum=False).free_bytes

    def size(self) -> int:
        return self.upkeep.ask(0.0, vacuum=False).size_bytes


@pytest.fixture
def desk(lab: StoreLab) -> Iterator[Desk]:
    made = Desk(lab)
    yield made
    made.upkeep.close()


def test_a_vacuum_that_is_asked_for_gives_every_free_page_back_and_shortens_the_file(desk: Desk) -> None:
    free, size = desk.free(), desk.size()
    assert free > 1_000_000
    now = time.monotonic()
    desk.upkeep.ask(now, vacuum=True)
    desk.upkeep.look(now, busy=False)
    while desk.free():
        assert desk.upkeep.due_at() <= time.monotonic() + 0.2
        desk.upkeep.run()
    assert size - free <= desk.size() < size - free + 50_000, "the map of pages takes some"
    assert desk.checkpoints.is_due(idle=True, quiet=False)
    desk.checkpoints.run()
    assert desk.lab.home.database.stat().st_size == desk.size()


def test_a_portion_ends_soon_when_a_request_waits(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("persistence_daemon.upkeep._LEAST_S", 0.0)
    now = time.monotonic()
    desk.upkeep.ask(now, vacuum=True)
    desk.upkeep.look(now, busy=True)
    desk.waits = True
    free = desk.free()
    desk.upkeep.run()
    left = desk.free()
    assert 0 < left < free, "a little is done although a request waits, or a busy store would never be tidy"
    assert desk.upkeep.due_at() > time.monotonic() + 0.05, "and while there is work the next portion is far"


def test_a_vacuum_ends_when_nobody_asks_for_it_any_more(desk: Desk) -> None:
    now = time.monotonic()
    desk.upkeep.ask(now, vacuum=True)
    desk.upkeep.look(now, busy=True)
    assert desk.upkeep.due_at() <= now
    desk.upkeep.look(now + 6, busy=True)
    assert desk.upkeep.due_at() > now + 6
    assert desk.free() > 0


def test_much_free_space_goes_by_itself_when_nobody_works_and_little_stays(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.monotonic()
    desk.upkeep.look(now, busy=True)
    desk.upkeep.look(now + 30, busy=False)
    desk.upkeep.run()
    assert desk.free() > 0, "a megabyte or two are soon written in again"
    monkeypatch.setattr("persistence_daemon.vacuum._WORTH_BYTES", 1 << 20)
    desk.upkeep.look(now + 5, busy=True)
    desk.upkeep.run()
    assert desk.free() > 0, "somebody works"
    desk.upkeep.look(now + 40, busy=False)
    for _ in range(1000):
        desk.upkeep.run()
    assert desk.free() == 0


def test_statistics_are_looked_at_when_nobody_works_and_not_soon_again(desk: Desk) -> None:
    now = time.monotonic()
    desk.upkeep.look(now, busy=True)
    assert now + 9 < desk.upkeep.due_at() <= now + 11
    desk.upkeep.look(now - 20, busy=True)
    desk.upkeep.run()
    assert desk.upkeep.due_at() > now + 3600


def test_a_checkpoint_is_done_when_all_is_quiet_however_little_there_is(lab: StoreLab) -> None:
    checkpoints = Checkpoints(lab.store.connection)
    assert not checkpoints.is_due(idle=True, quiet=True)
    lab.create()
    assert not checkpoints.is_due(idle=True, quiet=False)
    assert checkpoints.is_due(idle=True, quiet=True)
    checkpoints.run()
    assert not checkpoints.is_due(idle=True, quiet=True)


def test_upkeep_that_the_store_did_not_take_is_put_off(desk: Desk) -> None:
    now = time.monotonic()
    desk.upkeep.ask(now, vacuum=True)
    desk.upkeep.look(now, busy=False)
    desk.upkeep.put_off(now)
    assert desk.upkeep.due_at() >= now + 30
