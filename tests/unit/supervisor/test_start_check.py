"""Whether a start is of any use: what a real Stepwell can do without, the demo cannot."""

from __future__ import annotations

import pytest

from shared.messages import ProcessRow
from supervisor.start_check import cannot_work, failed_to_start

SERIAL = "DEMO1234"


def row(name: str, state: str = "ready", detail: str = "") -> ProcessRow:
    return ProcessRow(
        name=name,
        role=name.partition("-")[0],
        pid=1,
        incarnation="a",
        state=state,
        restarts=0,
        uptime_s=1.0,
        device_id=None,
        detail=detail,
    )


@pytest.mark.parametrize("name", ["adb", "phone", "model"])
def test_a_helper_that_has_failed_is_fatal_in_the_demo_only(name: str) -> None:
    rows = [row("daemon"), row(name, "failed", "it cannot be started"), row("worker-1", detail="no device")]
    error = failed_to_start(rows, demo_serial=SERIAL)
    assert error is not None
    assert error.message == f"{name} did not start: it cannot be started"
    assert cannot_work(rows, demo=True)
    assert failed_to_start(rows) is None
    assert not cannot_work(rows, demo=False)


@pytest.mark.parametrize("detail", ["no device", "", "the device 127.0.0.1:5555 does not answer yet"])
def test_a_worker_without_its_phone_is_fatal_in_the_demo_only(detail: str) -> None:
    rows = [row("daemon"), row("adb"), row("phone"), row("model"), row("worker-1", detail=detail)]
    error = failed_to_start(rows, demo_serial=SERIAL)
    assert error is not None
    assert error.message == f"worker-1 has no phone: {detail or 'it said nothing'}"
    assert failed_to_start(rows) is None


def test_a_whole_demo_is_of_use() -> None:
    rows = [row("daemon"), row("phone"), row("gui", "failed"), row("worker-1", detail=f"device {SERIAL}")]
    assert failed_to_start(rows, demo_serial=SERIAL) is None


@pytest.mark.parametrize("serial", ["", SERIAL])
def test_without_the_store_or_any_worker_nothing_is_of_use(serial: str) -> None:
    for rows in ([row("daemon", "failed")], [row("daemon"), row("worker-1", "failed")]):
        assert failed_to_start(rows, demo_serial=serial) is not None
    assert failed_to_start([row("daemon")], demo_serial=serial) is None, "the store alone, to read records"
