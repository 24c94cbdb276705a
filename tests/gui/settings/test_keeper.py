"""Settings are changed whole or not at all: in the file, in the running processes, in the window."""

from __future__ import annotations

import threading

import msgspec
import pytest
from core_desk import no_answer

from gui import settings_keeper as module
from gui.settings_keeper import KeyChange
from shared.errors import ErrorCode
from shared.messages import Done, ErrorInfo, ReloadSettings
from shared.settings import ModelProfile
from shared.settings_file import with_model

TEXT = '# my remark\nlanguage = "en"\n\n[limits]\nstep_s = 200.0  # a slow phone\n'


class Heard:
    def __init__(self):
        self.saved = 0
        self.failed = []

    def then(self):
        self.saved += 1


@pytest.fixture
def keeper(core, qtbot):
    core.write_settings(TEXT)
    core.desk.keeper.read()
    qtbot.waitUntil(lambda: core.desk.keeper._file is not None)
    core.desk.take_settings(core.desk.keeper.settings)
    return core.desk.keeper


def chinese(keeper):
    return msgspec.structs.replace(keeper.settings, language="zh")


def with_key(keeper, name="cloud", typed="sk-secret-1"):
    profile = ModelProfile(base_url="https://example.com/v1", api_key_file=f"keys/{name}")
    return with_model(keeper.settings, name, profile), KeyChange(name, typed)


def start(keeper, qtbot, core, wanted, key=None):
    heard = Heard()
    keeper.change(wanted, heard.then, heard.failed.append, key)
    qtbot.waitUntil(lambda: bool(core.asked(ReloadSettings)) or bool(heard.failed))
    return heard


def test_a_change_is_written_put_in_force_and_taken(keeper, core, qtbot):
    threads = []
    real = module._write
    module._write = lambda *given: threads.append(threading.current_thread()) or real(*given)
    try:
        heard = start(keeper, qtbot, core, chinese(keeper))
    finally:
        module._write = real
    assert core.desk.settings.language == "en", "not before the supervisor has taken it"
    core.answer_only(ReloadSettings, Done())
    assert (heard.saved, heard.failed) == (1, [])
    assert core.desk.settings.language == keeper.settings.language == "zh"
    assert core.home.settings_file.read_text() == TEXT.replace('"en"', '"zh"'), "remarks and order stay"
    assert threads != [threading.main_thread()], "no file is written in the window's thread"


def test_a_refusal_by_the_supervisor_puts_everything_back(keeper, core, qtbot):
    wanted, key = with_key(keeper)
    heard = start(keeper, qtbot, core, wanted, key)
    assert (core.home.root / "keys" / "cloud").read_text() == "sk-secret-1"
    core.answer_only(ReloadSettings, ErrorInfo(code=ErrorCode.BAD_SETTINGS, message="the key of 'x' cannot be read"))
    qtbot.waitUntil(lambda: bool(heard.failed))
    assert "the key of 'x' cannot be read" in heard.failed[0]
    assert core.desk.settings == keeper.settings
    assert keeper.settings.models == {}
    assert "cloud" not in core.home.settings_file.read_text()
    assert not (core.home.root / "keys" / "cloud").exists()
    assert core.told[-1][1] is True


def test_without_a_supervisor_it_counts_from_the_next_start(keeper, core, qtbot):
    heard = start(keeper, qtbot, core, chinese(keeper))
    core.answer_only(ReloadSettings, no_answer())
    assert heard.saved == 1
    assert "next start" in core.told[-1][0]


def test_a_file_that_somebody_else_changed_is_read_again_and_not_overwritten(keeper, core, qtbot):
    theirs = TEXT.replace("200.0", "250.0")
    core.write_settings(theirs)
    heard = start(keeper, qtbot, core, chinese(keeper))
    qtbot.waitUntil(lambda: bool(heard.failed))
    assert "changed by something else" in heard.failed[0]
    assert core.home.settings_file.read_text() == theirs
    assert keeper.settings.limits.step_s == core.desk.settings.limits.step_s == 250.0
    assert core.asked(ReloadSettings) == []


def test_what_is_not_allowed_is_refused_and_nothing_is_written(keeper, core, qtbot):
    bad = with_model(keeper.settings, "cloud", ModelProfile(base_url="ftp://nowhere"))
    heard = start(keeper, qtbot, core, bad)
    assert "http" in heard.failed[0]
    assert core.home.settings_file.read_text() == TEXT
    assert not keeper.is_busy


def test_a_typed_key_is_private_and_nowhere_else(keeper, core, qtbot):
    wanted, key = with_key(keeper)
    start(keeper, qtbot, core, wanted, key)
    core.answer_only(ReloadSettings, Done())
    file = core.home.root / "keys" / "cloud"
    assert file.stat().st_mode & 0o777 == 0o600
    assert "sk-secret-1" not in core.home.settings_file.read_text()
    assert "sk-secret-1" not in repr(keeper.settings)
    assert keeper.keys == {"cloud"}


def test_a_key_is_replaced_and_removed_with_its_profile(keeper, core, qtbot):
    for typed in ("sk-secret-1", "sk-secret-2"):
        wanted, key = with_key(keeper, typed=typed)
        start(keeper, qtbot, core, wanted, key)
        core.answer_only(ReloadSettings, Done())
    assert (core.home.root / "keys" / "cloud").read_text() == "sk-secret-2"
    start(keeper, qtbot, core, msgspec.structs.replace(keeper.settings, models={}), KeyChange("cloud"))
    core.answer_only(ReloadSettings, Done())
    assert keeper.keys == frozenset()
    assert keeper.settings.models == {}


def test_a_key_that_is_none_changes_nothing(keeper, core, qtbot):
    wanted, key = with_key(keeper, typed="schlüssel\n")
    heard = start(keeper, qtbot, core, wanted, key)
    assert "characters that no key has" in heard.failed[0]
    assert "schlüssel" not in heard.failed[0]
    assert keeper.settings.models == {}


def test_one_change_at_a_time(keeper, core, qtbot):
    first, second = Heard(), Heard()
    keeper.change(chinese(keeper), first.then, first.failed.append)
    keeper.change(chinese(keeper), second.then, second.failed.append)
    assert second.failed
    qtbot.waitUntil(lambda: bool(core.asked(ReloadSettings)))
    core.answer_only(ReloadSettings, Done())
    assert first.saved == 1


def test_what_the_supervisor_read_again_is_read_again_here(keeper, core, qtbot):
    core.write_settings(TEXT.replace('"en"', '"zh"'))
    keeper.read_soon.emit()
    qtbot.waitUntil(lambda: core.desk.settings.language == "zh")


def test_a_file_that_cannot_be_read_is_told_and_the_former_settings_stay(keeper, core, qtbot):
    core.write_settings("language = [")
    keeper.read()
    qtbot.waitUntil(lambda: bool(core.told))
    assert str(core.home.settings_file) in core.told[0][0]
    assert core.desk.settings.language == "en"
