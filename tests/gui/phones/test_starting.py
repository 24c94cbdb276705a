"""While everything starts, PHONES says what is there already, and "no phone" only when none has come."""

from __future__ import annotations

import msgspec
from core_desk import phone, process
from fake_desk_phones import worker_row


def ground(page):
    return page._ground.currentWidget()


def test_what_starts_is_named_with_how_it_is(desk, page_of):
    desk.link.say_processes(process("gui"), process("daemon"), process("model", state="starting"), state="starting")
    page = page_of(desk)
    assert ground(page) is page.starting
    assert page.starting.lines.text().splitlines() == ["●  the store · ready", "○  the scripted model · starts"]
    desk.link.say_processes(
        process("daemon"), process("model"), process("worker-1", state="starting"), state="starting"
    )
    assert page.starting.lines.text().splitlines()[2] == "○  a worker · starts"


def test_no_phone_is_said_only_when_everything_was_started(desk, page_of):
    desk.link.say_processes(state="starting")
    page = page_of(desk)
    assert ground(page) is page.starting
    desk.link.say_processes()
    assert ground(page) is page.empty


def test_phones_are_shown_as_soon_as_they_are_known(desk, page_of):
    desk.store.devices["d1"] = phone()
    desk.link.say_processes(state="starting")
    page = page_of(desk)
    assert ground(page) is page.tiles


def test_what_failed_says_why_and_not_at_length(desk, page_of):
    failed = msgspec.structs.replace(worker_row(state="failed"), detail="no such\nphone " + "x" * 500)
    desk.link.say_processes(failed, state="starting")
    said = page_of(desk).starting.lines.text()
    assert said.startswith("✕  a worker · failed: no such phone")
    assert len(said) < 100
