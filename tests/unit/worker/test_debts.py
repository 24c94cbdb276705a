"""The worker's side of a debt: durable before the change, told after it, and every failure told to the daemon."""

from __future__ import annotations

from concurrent.futures import Future

import pytest

from shared.errors import ErrorCode, NotReachableError
from shared.messages import Debt, Done, OweDebt, SettleDebt
from worker.debts import DeviceDebts
from worker.errors import CommandFailed

DEBT = Debt(debt_id="d", device_id="PHONE1", kind="keyboard", detail="com.vendor/.Ime", tries=1)
AWAY = NotReachableError(ErrorCode.STORE_AWAY, "no answer within 5 s, not confirmed")


class Link:
    def __init__(self):
        self.asked = []
        self.away = False

    def ask(self, request, _reply_type):
        self.asked.append(request)
        if self.away:
            raise AWAY
        return Done(seq=1)

    def request(self, request):
        self.asked.append(request)
        answer = Future()
        if self.away:
            answer.set_exception(AWAY)
        return answer


@pytest.fixture
def link():
    return Link()


@pytest.fixture
def debts(link):
    return DeviceDebts(link, lambda: "task1")


def test_a_debt_is_acknowledged_before_owe_returns(link, debts):
    debt_id = debts.owe("PHONE1", "keyboard", "com.vendor/.Ime")
    owed = Debt(debt_id=debt_id, device_id="PHONE1", kind="keyboard", detail="com.vendor/.Ime", session_id="task1")
    assert link.asked == [OweDebt(debt=owed)]


def test_nothing_is_owed_twice_under_one_id(debts):
    assert debts.owe("PHONE1", "keyboard", "a") != debts.owe("PHONE1", "keyboard", "a")


def test_a_debt_that_the_store_did_not_take_forbids_the_change(link, debts):
    link.away = True
    with pytest.raises(CommandFailed, match=r"keyboard was not changed, .* not confirmed"):
        debts.owe("PHONE1", "keyboard", "com.vendor/.Ime")


@pytest.mark.parametrize("away", [False, True])
def test_telling_that_it_is_settled_does_not_wait_for_the_store(link, debts, away):
    link.away = away
    debts.settled("d")
    assert link.asked == [SettleDebt(debt_id="d", attempt=1)]


def test_a_settled_debt_is_told_to_the_store(link, debts, rig):
    assert debts.settle(rig.phone, DEBT)
    assert rig.phone.done == ["settle keyboard com.vendor/.Ime"]
    assert link.asked == [SettleDebt(debt_id="d", attempt=2)]


@pytest.mark.parametrize("error", [CommandFailed("no such keyboard"), RuntimeError("a plug-in broke")])
def test_a_failed_try_is_told_to_the_store_with_its_reason(link, debts, rig, error):
    rig.phone.raises = [error]
    assert not debts.settle(rig.phone, DEBT)
    (told,) = link.asked
    assert (told.debt_id, told.attempt) == ("d", 2)
    assert str(error) in told.failure


def test_what_the_store_did_not_hear_is_tried_again(link, debts, rig):
    link.away = True
    assert not debts.settle(rig.phone, DEBT)
