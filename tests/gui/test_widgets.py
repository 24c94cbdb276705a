"""The small widgets: what they say is read out, long texts are cut, colour is never the only sign."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QLabel

from gui import theme
from gui.widgets.badge import Badge
from gui.widgets.elided import ElidedLabel
from gui.widgets.empty import EmptyState
from gui.widgets.facts import Facts
from gui.widgets.light import StatusLight
from gui.widgets.looks import button, label, restyle
from gui.widgets.notice import Notice

HOSTILE = "<b>not bold</b>\n" + "x" * 5000


def drawn(widget):
    return widget.grab().toImage()


def test_texts_are_never_markup(qapp):
    assert label(HOSTILE).textFormat() == Qt.TextFormat.PlainText
    assert ElidedLabel(HOSTILE).textFormat() == Qt.TextFormat.PlainText


def test_an_elided_label_becomes_narrow_and_keeps_its_whole_text_in_the_tool_tip(qtbot):
    found = ElidedLabel("Open Settings and turn on dark mode, then go back to the home screen")
    qtbot.addWidget(found)
    found.resize(60, 20)
    assert found.minimumSizeHint().width() < 40
    assert found.toolTip() == found.text()
    before = drawn(found)
    found.setText("Open Settings" + " and something else" * 50)
    assert drawn(found) == before, "only what there is room for is drawn"


@pytest.mark.parametrize("kind", ["ok", "warn", "bad", "live", "idle"])
def test_a_badge_says_its_word_and_takes_the_room_it_needs(qtbot, kind):
    badge = Badge("running", kind)
    qtbot.addWidget(badge)
    badge.resize(badge.sizeHint())
    assert badge.accessibleName() == badge.text == "running"
    narrow = badge.sizeHint().width()
    badge.say("may have happened", kind)
    assert badge.sizeHint().width() > narrow
    theme.apply(QApplication.instance(), "light")
    assert drawn(badge) != drawn(Badge("", kind))


def test_a_light_says_why_and_has_a_shape_for_each_kind(qtbot):
    light = StatusLight("store")
    qtbot.addWidget(light)
    light.resize(light.sizeHint())
    shapes = []
    for kind, why in (("ok", "all is well"), ("bad", "the store is away"), ("idle", "")):
        light.show_state(kind, why)
        shapes.append(drawn(light).convertToFormat(QImage.Format.Format_Grayscale8))
    assert light.accessibleName() == "store: idle"
    light.show_state("bad", "the store is away")
    assert (light.toolTip(), light.accessibleName()) == ("the store is away", "store: the store is away")
    assert len({bytes(shape.constBits()) for shape in shapes}) == 3


def test_a_notice_goes_by_itself_unless_it_is_an_error(qtbot, monkeypatch):
    monkeypatch.setattr("gui.widgets.notice._STAYS_MS", 40)
    notice = Notice()
    qtbot.addWidget(notice)
    assert notice.isHidden()
    notice.say("saved", False)
    assert notice.isVisible()
    assert (notice.accessibleName(), notice.property("look")) == ("saved", "banner-info")
    qtbot.waitUntil(notice.isHidden)
    notice.say("refused", True)
    qtbot.wait(80)  # longer than a sentence that is no error stays
    assert notice.isVisible()
    assert notice.property("look") == "banner-bad"
    qtbot.keyClick(notice.findChild(type(button(""))), Qt.Key.Key_Space)
    assert notice.isHidden()


def test_an_empty_state_says_what_is_missing_and_offers_what_to_do(qtbot):
    empty = EmptyState("No task yet", HOSTILE, "Add one")
    qtbot.addWidget(empty)
    texts = [one.text() for one in empty.findChildren(QLabel)]
    assert texts == ["No task yet", HOSTILE]
    with qtbot.waitSignal(empty.action.clicked):
        qtbot.mouseClick(empty.action, Qt.MouseButton.LeftButton)
    assert EmptyState("a", "b").action is None


def test_buttons_have_names_and_their_tips_are_read_out(qapp):
    sign = button("✕", name="Close", tip="Esc")
    assert (sign.accessibleName(), sign.accessibleDescription(), sign.toolTip()) == ("Close", "Esc", "Esc")
    assert not sign.autoDefault(), "Enter must not press what nobody chose"


def test_a_restyled_widget_is_polished_anew(qtbot):
    theme.apply(QApplication.instance(), "light")
    found = label("text")
    qtbot.addWidget(found)
    found.ensurePolished()
    restyle(found, "look", "error")
    assert found.palette().windowText().color() == theme.colour("bad")


def test_facts_are_shown_in_the_labels_that_are_there_and_those_without_a_value_are_left_out(qtbot):
    facts = Facts()
    qtbot.addWidget(facts)
    facts.show_facts([("Phone", "one"), ("Steps", ""), ("Duration", "3 s")])
    labels = set(facts.findChildren(QLabel))
    facts.show_facts([("Phone", HOSTILE)])
    assert facts.texts() == [("Phone", " ".join(HOSTILE.split())[:1999] + "…")]
    facts.show_facts([("Phone", "two"), ("Duration", "4 s")])
    assert facts.texts() == [("Phone", "two"), ("Duration", "4 s")]
    assert set(facts.findChildren(QLabel)) == labels


def test_facts_become_narrower_than_their_longest_word(qtbot):
    facts = Facts()
    qtbot.addWidget(facts)
    facts.show_facts([("Task", "x" * 1000)])
    assert facts.minimumSizeHint().width() < 200
