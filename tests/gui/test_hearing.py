"""What the window makes of the published stream, case by case."""

from __future__ import annotations

import pytest

from gui.link.hearing import SILENT_S, Hearing
from gui.link.orders import News, Resync, StorePresence
from shared.messages import Event, Message, Position, TaskDeleted


def event(seq: int, timeline: str = "a") -> Event:
    return Event(timeline=timeline, seq=seq, at="", by="x", body=TaskDeleted(session_id="s", by="x"))


def at(seq: int, timeline: str = "a") -> Position:
    return Position(timeline=timeline, seq=seq)


KNOWN = [at(5)]


@pytest.mark.parametrize(
    ("heard", "then", "told"),
    [
        ([], [at(5)], "resync"),  # the first word
        ([], [event(6)], "resync"),  # what was before is not known
        (KNOWN, [at(5)], ""),  # all is known
        (KNOWN, [event(6), event(7)], "6 7"),
        (KNOWN, [event(7)], "resync"),  # 6 was missed
        (KNOWN, [event(5)], "resync"),  # going back: the store is another one
        (KNOWN, [at(6)], "resync"),  # an event was missed, nothing followed it
        (KNOWN, [at(4)], "resync"),
        (KNOWN, [event(6, "b")], "resync"),  # a restored store
        (KNOWN, [at(5, "b")], "resync"),
        (KNOWN, [event(6), event(9)], "resync"),  # what came before the gap is in the views too
        (KNOWN, [event(9), event(10)], "resync"),
        ([*KNOWN, event(9)], [event(10)], "10"),  # after a gap it goes on from there
        (KNOWN, [event(6), at(6)], "6"),
    ],
)
def test_stream_is_gapless_or_the_views_are_read_again(heard: list[Message], then: list[Message], told: str) -> None:
    hearing = Hearing()
    for message in heard:
        hearing.take(message, 0.0)
    hearing.reports(0.0)
    for message in then:
        hearing.take(message, 0.0)
    said = []
    for report in hearing.reports(0.0):
        if isinstance(report, News):
            said += [str(one.seq) for one in report.events]
        elif isinstance(report, Resync):
            said.append("resync")
    assert " ".join(said) == told


def test_presence_is_told_once_for_each_change() -> None:
    hearing = Hearing()
    assert hearing.reports(0.0) == []
    hearing.take(at(1), 1.0)
    assert StorePresence(True) in hearing.reports(1.0)
    assert hearing.reports(1.0 + SILENT_S - 0.1) == []
    assert hearing.reports(1.0 + SILENT_S) == [StorePresence(False)]
    assert hearing.reports(2.0 + SILENT_S) == []
    hearing.take(at(1), 9.0)
    assert hearing.reports(9.0) == [StorePresence(True)]
