"""The bar at the top, and the banner about the store: how all of Stepwell is, said plainly."""

from __future__ import annotations

import msgspec
import pytest
from core_desk import no_answer, phone, process, running, waiting
from PySide6.QtCore import Qt

from gui.store_banner import StoreBanner
from gui.top_bar import TopBar
from shared.messages import Role


@pytest.fixture
def bar(core, qtbot):
    made = TopBar(core.desk)
    qtbot.addWidget(made)
    made.show()
    return made


def test_stop_all_can_be_pressed_only_when_something_runs_or_waits(bar, core, qtbot):
    assert not bar.stop.isEnabled()
    core.show_tasks(waiting())
    assert bar.stop.isEnabled()
    with qtbot.waitSignal(bar.stop_all):
        qtbot.mouseClick(bar.stop, Qt.MouseButton.LeftButton)
    core.show_tasks()
    assert not bar.stop.isEnabled()
    core.show_tasks(running())
    assert bar.stop.isEnabled()


def test_pages_are_asked_for_by_mouse_and_keys(bar, qtbot):
    for name, one in bar.buttons.items():
        with qtbot.waitSignal(bar.wanted) as wanted:
            qtbot.keyClick(one, Qt.Key.Key_Space)
        assert wanted.args == [name]
        assert one.toolTip().startswith("Ctrl+")
    bar.choose("history")
    assert [name for name, one in bar.buttons.items() if one.isChecked()] == ["history"]


def test_the_stores_light(bar, core):
    assert bar.store.toolTip() == "the store is starting"
    core.show_store(True)
    assert bar.store.toolTip() == "every step is committed before the next one"
    core.show_store(alerts=("the disk is nearly full",))
    assert bar.store.accessibleName() == "store: the disk is nearly full"
    core.show_store(False)
    assert "away" in bar.store.toolTip()


def test_the_workers_light(bar, core):
    assert bar.workers.toolTip() == "no worker runs yet", "nobody was asked"
    core.desk.link._no_processes(no_answer())
    assert bar.workers.toolTip() == "the supervisor does not answer"
    core.show_processes(process("daemon"))
    assert bar.workers.toolTip() == "no worker runs yet"
    core.show_processes(process("worker-1"), process("worker-2", state="starting"))
    assert bar.workers.toolTip() == "1 of 2 workers ready"
    assert bar.workers._kind == "warn"
    core.show_processes(process("worker-1", state="failed"))
    assert bar.workers._kind == "bad"
    assert process().role == Role.WORKER


def test_the_phones_light(bar, core):
    core.show_tasks(devices=(phone(worker=None),))
    assert bar.phones.toolTip() == "no phone is connected"
    core.show_tasks(devices=(phone(held="a step may have happened"),))
    assert bar.phones.toolTip() == "held: Pixel"
    core.show_tasks(devices=(phone(), msgspec.structs.replace(phone(), device_id="d2")))
    assert "2" in bar.phones.toolTip()


def test_a_demo_carries_its_mark(core, qtbot):
    from gui.widgets.badge import Badge

    core.desk.demo = True
    made = TopBar(core.desk)
    qtbot.addWidget(made)
    assert [badge.text for badge in made.findChildren(Badge)] == ["DEMO"]


def test_the_banner_is_there_only_when_something_is_wrong(core, qtbot):
    banner = StoreBanner(core.desk)
    qtbot.addWidget(banner)
    assert banner.isHidden(), "before the first word nothing is known to be wrong"
    core.show_store(True)
    assert banner.isHidden()
    core.show_store(alerts=("one", "two"))
    assert not banner.isHidden()
    assert (banner.property("look"), banner._text.text()) == ("banner-warn", "one\ntwo")
    core.show_store(False)
    assert banner.property("look") == "banner-bad"
    assert "away" in banner._text.text()
    core.show_store(True, alerts=())
    assert banner.isHidden()
