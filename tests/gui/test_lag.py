"""A stall of the event loop is measured and told in the log."""

from __future__ import annotations

import time

from gui import lag


class Log:
    def __init__(self):
        self.told = []

    def info(self, event, **fields):
        self.told.append(fields)


def test_a_stall_is_told_with_its_length(qtbot, monkeypatch):
    log = Log()
    monkeypatch.setattr(lag, "get_logger", lambda: log)
    meter = lag.LagMeter()
    qtbot.waitUntil(lambda: len(meter._late_ms) > 5)
    time.sleep(0.15)  # the stall itself: nothing turns meanwhile
    qtbot.waitUntil(lambda: max(meter._late_ms) > 100)
    meter.tell()
    assert log.told[0]["max_ms"] > 100
    assert log.told[0]["p50_ms"] < 100
    assert log.told[0]["cpu_max_ms"] < 100, "it slept"
    meter.tell()
    assert len(log.told) == 1, "nothing measured, nothing told"


def test_what_the_window_computes_itself_is_told_apart_from_what_it_waits_for(qtbot, monkeypatch):
    log = Log()
    monkeypatch.setattr(lag, "get_logger", lambda: log)
    meter = lag.LagMeter()
    qtbot.waitUntil(lambda: len(meter._late_ms) > 5)
    until = time.thread_time() + 0.05
    while time.thread_time() < until:
        pass
    known = len(meter._late_ms)
    qtbot.waitUntil(lambda: len(meter._late_ms) > known)
    meter.tell()
    assert 50 <= log.told[0]["cpu_max_ms"] < 100
    qtbot.waitUntil(lambda: len(meter._late_ms) > 5)
    meter.tell()
    assert log.told[1]["cpu_max_ms"] < 50, "each ten seconds by themselves"


def test_it_is_told_by_itself_after_so_many_samples(qtbot, monkeypatch):
    log = Log()
    monkeypatch.setattr(lag, "get_logger", lambda: log)
    monkeypatch.setattr(lag, "_TELL_AFTER", 5)
    meter = lag.LagMeter()
    qtbot.waitUntil(lambda: bool(log.told))
    assert log.told[0]["samples"] == 5
    assert meter._late_ms == []
