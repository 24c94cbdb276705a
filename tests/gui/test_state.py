"""What the window remembers: it outlives a kill, and a file that cannot be read costs nothing but itself."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from gui.state import Draft, WindowState

TREE = Path(__file__).parents[2]
WRITES_AND_WAITS = """
import sys, time
from pathlib import Path
from PySide6.QtCore import QCoreApplication, QTimer
from gui.state import WindowState
app = QCoreApplication([])
state = WindowState(Path(sys.argv[1]))
state.now.page = "history"
state.now.draft.text = "打开设置"
state.now.settings.drafts["task.max_steps"] = "12"
state.save()
def look():
    if Path(sys.argv[1]).exists():
        print("written", flush=True)
timer = QTimer(interval=10)
timer.timeout.connect(look)
timer.start()
app.exec()
"""


def test_what_was_typed_outlives_kill_9(tmp_path, qapp):
    file = tmp_path / "window.json"
    env = {**os.environ, "PYTHONPATH": str(TREE)}
    child = subprocess.Popen([sys.executable, "-c", WRITES_AND_WAITS, str(file)], stdout=subprocess.PIPE, env=env)
    assert child.stdout.readline().strip() == b"written"
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    state = WindowState(file)
    assert (state.now.page, state.now.draft.text) == ("history", "打开设置")
    assert state.now.settings.drafts == {"task.max_steps": "12"}
    state.close()


def test_many_changes_are_one_write_and_the_last_one_counts(tmp_path, qtbot):
    state = WindowState(tmp_path / "window.json")
    for number in range(100):
        state.now.draft.text = str(number)
        state.save()
    qtbot.waitUntil((tmp_path / "window.json").exists)
    state.now.draft.text = "at the end"
    state.save()
    state.close()
    assert json.loads((tmp_path / "window.json").read_text())["draft"]["text"] == "at the end"
    assert [path.name for path in tmp_path.iterdir()] == ["window.json"], "no temporary file is left"


def test_a_file_that_cannot_be_read_is_put_aside(tmp_path, qapp):
    file = tmp_path / "window.json"
    for torn in (b'{"theme": "da', b"\xff\xfe", b'{"theme": "purple"}', b"[]"):
        file.write_bytes(torn)
        state = WindowState(file)
        assert (state.now.theme, state.now.page) == ("system", "phones")
        state.close()
        assert (tmp_path / "window.json.unreadable").read_bytes() == torn
        assert not file.exists()


def test_a_newer_windows_fields_are_ignored(tmp_path, qapp):
    (tmp_path / "window.json").write_text('{"theme": "dark", "hologram": {"on": true}}')
    state = WindowState(tmp_path / "window.json")
    assert state.now.theme == "dark"
    state.close()


def test_a_folder_that_cannot_be_written_does_not_harm(tmp_path, qtbot):
    state = WindowState(tmp_path / "gone" / "window.json")
    state.save()
    state.close()
    assert state.now.draft == Draft()


def test_past_texts_are_kept_once_each_and_not_for_ever(tmp_path, qapp):
    state = WindowState(tmp_path / "window.json")
    for number in range(60):
        state.remember_text(f"task {number % 55}")
    assert state.now.past_texts[0] == "task 4"
    assert len(state.now.past_texts) == len(set(state.now.past_texts)) == 50
    state.close()
