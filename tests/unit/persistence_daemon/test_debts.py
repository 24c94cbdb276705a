"""What a device owes: told instead of a task until it is settled; three failures hold it, a release forgives."""

from __future__ import annotations

import msgspec
import pytest
from store_lab import CLI, OTHER, PHONE, WORKER, StoreLab

from shared.errors import ErrorCode
from shared.messages import Claimed, Debt, Done, ErrorInfo, HoldDevice, Message, OweDebt, ReleaseDevice, SettleDebt

DEBT = Debt(debt_id="debt-1", device_id=PHONE, kind="keyboard", detail="com.vendor/.Ime", session_id="task-1")


@pytest.fixture
def owing(lab: StoreLab) -> StoreLab:
    """A device that owes a keyboard, and a task that waits."""
    lab.hello()
    lab.create()
    assert isinstance(lab.ask(WORKER, OweDebt(debt=DEBT)), Done)
    return lab


def claimed(lab: StoreLab) -> Claimed:
    answer = lab.claim()
    assert isinstance(answer, Claimed), answer
    return answer


def settle(lab: StoreLab, attempt: int = 1, failure: str = "") -> Message:
    return lab.ask(WORKER, SettleDebt(debt_id="debt-1", attempt=attempt, failure=failure))


def fail(lab: StoreLab, times: int) -> None:
    for attempt in range(1, times + 1):
        assert isinstance(settle(lab, attempt, "no such keyboard"), Done)


def test_a_device_that_owes_gets_its_debt_instead_of_a_task_until_it_is_settled(owing: StoreLab) -> None:
    for _ in range(2):
        answer = claimed(owing)
        assert (answer.task, answer.debts) == (None, (DEBT,))
        assert answer.why == f"device {PHONE} must first get back its keyboard"
    settle(owing)
    answer = claimed(owing)
    assert answer.task is not None
    assert answer.debts == ()
    assert owing.check() == []


def test_another_device_owes_nothing_for_it(owing: StoreLab) -> None:
    owing.hello(OTHER, "phone-2")
    answer = owing.claim(OTHER, "phone-2")
    assert isinstance(answer, Claimed)
    assert answer.task is not None


def test_a_held_device_is_told_what_it_owes_too(owing: StoreLab) -> None:
    owing.ask(CLI, HoldDevice(device_id=PHONE, reason="cable"))
    assert claimed(owing).debts == (DEBT,)
    settle(owing)
    assert "is held: cable" in claimed(owing).why


def test_owing_and_settling_are_safe_to_repeat(owing: StoreLab) -> None:
    seq = owing.store.seq
    again = owing.ask(WORKER, OweDebt(debt=DEBT))
    assert isinstance(again, Done)
    assert (again.seq, owing.store.seq) == (seq, seq)
    settle(owing, 1, "no")
    assert settle(owing, 1, "no") == Done()
    assert claimed(owing).debts[0].tries == 1
    done = settle(owing, 2)
    seq = owing.store.seq
    assert settle(owing, 2) == done
    assert settle(owing, 3, "late news") == done
    assert owing.store.seq == seq
    assert owing.check() == []


def test_a_debt_outlives_a_restart_of_the_daemon_and_the_loss_of_the_database(owing: StoreLab) -> None:
    settle(owing, 1, "no")
    owing.reopen()
    assert claimed(owing).debts == (msgspec.structs.replace(DEBT, tries=1),)
    owing.close()
    for path in owing.home.root.glob("tasks.db*"):
        path.unlink()
    owing.opened = owing._open()
    assert claimed(owing).debts == (msgspec.structs.replace(DEBT, tries=1),)
    assert owing.check() == []


def test_three_failures_hold_the_device_with_the_reason_and_its_release_writes_the_debt_off(owing: StoreLab) -> None:
    fail(owing, 2)
    assert owing.value("SELECT held FROM devices") == ""
    settle(owing, 3, "no such keyboard")
    held = "its former keyboard (com.vendor/.Ime) could not be put back in 3 tries: no such keyboard"
    assert owing.value("SELECT held FROM devices") == held
    answer = claimed(owing)
    assert (answer.task, answer.debts) == (None, ())
    assert held in answer.why
    owing.ask(CLI, ReleaseDevice(device_id=PHONE))
    assert owing.rows("SELECT tries, settled_how FROM device_debts") == [(3, "written off by cli-1")]
    assert claimed(owing).task is not None
    assert owing.check() == []


def test_a_release_for_another_reason_leaves_what_can_still_be_put_back(owing: StoreLab) -> None:
    owing.ask(CLI, HoldDevice(device_id=PHONE, reason="cable"))
    owing.ask(CLI, ReleaseDevice(device_id=PHONE))
    assert claimed(owing).debts == (DEBT,)


def test_the_reason_of_an_earlier_hold_is_not_lost(owing: StoreLab) -> None:
    owing.ask(CLI, HoldDevice(device_id=PHONE, reason="cable"))
    fail(owing, 3)
    assert owing.value("SELECT held FROM devices").endswith("; and before that: cable")


def code_of(answer: Message) -> ErrorCode:
    assert isinstance(answer, ErrorInfo), answer
    return answer.code


def test_what_cannot_be_owed_or_settled_is_refused_and_changes_nothing(owing: StoreLab) -> None:
    seq = owing.store.seq
    other = msgspec.structs.replace(DEBT, detail="com.other/.Ime")
    assert code_of(owing.ask(WORKER, OweDebt(debt=other))) is ErrorCode.CONFLICT
    tried = msgspec.structs.replace(DEBT, debt_id="debt-2", tries=1)
    assert code_of(owing.ask(WORKER, OweDebt(debt=tried))) is ErrorCode.BAD_REQUEST
    strange = msgspec.structs.replace(DEBT, debt_id="debt-2", device_id="no-such-phone")
    assert code_of(owing.ask(WORKER, OweDebt(debt=strange))) is ErrorCode.UNKNOWN_DEVICE
    assert code_of(owing.ask(WORKER, SettleDebt(debt_id="debt-2", attempt=1))) is ErrorCode.BAD_REQUEST
    owing.dead.add(WORKER)
    late = msgspec.structs.replace(DEBT, debt_id="debt-3")
    assert code_of(owing.ask(WORKER, OweDebt(debt=late))) is ErrorCode.FENCED
    assert owing.store.seq == seq
