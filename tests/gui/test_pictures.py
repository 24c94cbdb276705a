"""Pictures come later and elsewhere decoded; what is no picture comes as none, and memory stays bounded."""

from __future__ import annotations

import pytest
from PIL import Image
from PySide6.QtCore import QObject, QThread
from shiboken6 import delete

from gui import pictures as module
from gui.pictures import Pictures
from shared.paths import Home


@pytest.fixture
def pictures(tmp_path, qapp):
    home = Home(tmp_path)
    (home.screenshots / "s").mkdir(parents=True)
    (home.thumbs / "s").mkdir(parents=True)
    made = Pictures(home)
    yield made
    made.close()


class Asker(QObject):
    def __init__(self):
        super().__init__()
        self.got = []
        self.threads = set()

    def take(self, pixmap):
        self.got.append(pixmap)
        self.threads.add(QThread.currentThread())

    def size(self):
        return self.got[-1].width(), self.got[-1].height()


def png(tmp_path, name="1.png", size=(108, 240), mode="RGB"):
    path = tmp_path / "screenshots" / "s" / name
    Image.new(mode, size, 128).save(path)
    return f"screenshots/s/{name}"


def ask(pictures, qtbot, path, height=0):
    asker = Asker()
    pictures.get(path, height, asker.take)
    qtbot.waitUntil(lambda: bool(asker.got))
    return asker


def test_a_picture_is_scaled_to_the_asked_height_and_never_up(pictures, tmp_path, qtbot):
    path = png(tmp_path)
    assert ask(pictures, qtbot, path).size() == (108, 240)
    assert ask(pictures, qtbot, path, 60).size() == (27, 60)
    assert ask(pictures, qtbot, path, 999).size() == (108, 240)


def test_it_is_given_in_the_windows_thread(pictures, tmp_path, qtbot, qapp):
    assert ask(pictures, qtbot, png(tmp_path)).threads == {qapp.thread()}


@pytest.mark.parametrize(
    "path", [None, "", "tasks.db", "../outside.png", "screenshots/../../outside.png", "/etc/passwd"]
)
def test_what_is_not_a_picture_of_the_home_is_refused_at_once(pictures, path):
    asker = Asker()
    pictures.get(path, 0, asker.take)
    assert asker.got[0].isNull()


def test_missing_torn_and_foreign_files_come_as_no_picture(pictures, tmp_path, qtbot):
    whole = (tmp_path / png(tmp_path)).read_bytes()
    folder = tmp_path / "screenshots" / "s"
    (folder / "torn.png").write_bytes(whole[:40])
    (folder / "text.png").write_text("<svg/>")
    (folder / "folder.png").mkdir()
    for name in ("missing", "torn", "text", "folder"):
        assert ask(pictures, qtbot, f"screenshots/s/{name}.png").got[0].isNull()


def test_a_file_or_a_side_that_is_too_large_is_not_decoded(pictures, tmp_path, qtbot, monkeypatch):
    path = png(tmp_path)
    monkeypatch.setattr(module, "_FILE_BYTES", 10)
    assert ask(pictures, qtbot, path).got[0].isNull()
    monkeypatch.setattr(module, "_FILE_BYTES", 1 << 20)
    monkeypatch.setattr(module, "_PIXELS", 200)
    assert ask(pictures, qtbot, path).got[0].isNull()


def test_one_picture_that_many_wait_for_is_loaded_once_and_then_kept(pictures, tmp_path, qtbot, monkeypatch):
    loads = []
    real = module._decode
    monkeypatch.setattr(module, "_decode", lambda path, height: loads.append(path) or real(path, height))
    path, askers = png(tmp_path), [Asker() for _ in range(5)]
    for one in askers:
        pictures.get(path, 0, one.take)
    qtbot.waitUntil(lambda: all(one.got for one in askers))
    again = Asker()
    pictures.get(path, 0, again.take)
    assert not again.got[0].isNull()
    assert len(loads) == 1


def test_memory_stays_bounded(pictures, tmp_path, qtbot, monkeypatch):
    one = 108 * 240 * 4
    monkeypatch.setattr(module, "_CACHE_BYTES", 3 * one)
    for number in range(8):
        ask(pictures, qtbot, png(tmp_path, f"{number}.png"))
    assert len(pictures._cache) == 3
    assert pictures._bytes == 3 * one


def test_an_asker_that_has_gone_is_not_called(pictures, tmp_path, qtbot):
    gone = Asker()
    got = gone.got
    pictures.get(png(tmp_path), 0, gone.take)
    delete(gone)
    ask(pictures, qtbot, png(tmp_path, "2.png"))
    assert got == []
