"""Exports from the window: a child process that is followed, cancelled, and shown, with a stand-in for the child."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from fake_desk_history import FakeDesk
from PySide6.QtWidgets import QFileDialog, QWidget

from gui.export_choice import ExportChoice
from gui.export_job import ExportJobs
from gui.export_strip import ExportLine, ExportStrip

SAYS = """
import json, sys, time
def say(**facts): print(json.dumps(facts), flush=True)
target = sys.argv[sys.argv.index("--to") + 1]
"""
WORKS = (
    SAYS
    + """
say(kind="progress", session_id="a", run=1, runs=1, done=1, total=4)
say(kind="warning", message="one picture is missing")
say(kind="progress", session_id="a", run=1, runs=1, done=4, total=4)
say(kind="exported", session_id="a", path=target, steps=4, pictures=3, left_out=["x"], bytes=10)
say(kind="result", runs=1, steps=4, pictures=3, bytes=10)
"""
)
FAILS = SAYS + 'say(kind="error", code="BAD_REQUEST", message="no room", remedy="make some"); sys.exit(2)'
BREAKS = "import sys; print('no json'); print('{', end=''); sys.exit(1)"
HANGS = (
    SAYS
    + """
import signal
signal.signal(signal.SIGTERM, signal.default_int_handler)
say(kind="progress", session_id="a", run=1, runs=1, done=1, total=4)
try: time.sleep(60)
except KeyboardInterrupt: sys.exit(130)
"""
)


@pytest.fixture
def desk(qapp, tmp_path):
    found = FakeDesk(tmp_path / "home")
    yield found
    found.close()


def start(desk, code, target="out", ids=("a",), **options):
    desk.exports = ExportJobs(desk.home, (sys.executable, "-P", "-c", code))
    given = {"as_zip": False, "overwrite": False, "language": "en"} | options
    return desk.exports.start(ids, Path(target), **given)


@pytest.fixture(autouse=True)
def home(tmp_path):
    (tmp_path / "home").mkdir()


def test_export_is_followed_to_its_result(desk, qtbot):
    job = start(desk, WORKS, "/tmp/there/run-1")
    qtbot.waitUntil(lambda: job.is_over, timeout=10_000)
    assert job.state == "done"
    assert (job.done, job.total, job.steps) == (4, 4, 4)
    assert job.warnings == ["one picture is missing"]
    assert job.folder == Path("/tmp/there/run-1")


def test_refused_export_says_what_the_child_said(desk, qtbot):
    job = start(desk, FAILS)
    qtbot.waitUntil(lambda: job.is_over, timeout=10_000)
    assert (job.state, job.told) == ("failed", "no room: make some")


def test_child_that_breaks_is_a_failure_with_its_code(desk, qtbot):
    job = start(desk, BREAKS)
    qtbot.waitUntil(lambda: job.is_over, timeout=10_000)
    assert job.state == "failed"
    assert "1" in job.told


def test_command_that_is_not_there_is_a_failure(desk, qtbot):
    desk.exports = ExportJobs(desk.home, ("/no/such/program",))
    job = desk.exports.start(["a"], Path("x"), as_zip=False, overwrite=False, language="en")
    qtbot.waitUntil(lambda: job.is_over, timeout=10_000)
    assert job.state == "failed"
    assert job.told


def test_cancelled_export_ends_its_child(desk, qtbot):
    job = start(desk, HANGS)
    qtbot.waitUntil(lambda: job.total == 4, timeout=10_000)
    job.cancel()
    assert job.state == "cancelling"
    qtbot.waitUntil(lambda: job.is_over, timeout=10_000)
    assert job.state == "cancelled"


def test_window_that_ends_leaves_no_child(desk, qtbot):
    job = start(desk, HANGS)
    qtbot.waitUntil(lambda: job.total == 4, timeout=10_000)
    desk.exports.close()
    assert job._process.processId() == 0


def test_ids_that_look_like_options_are_ids(desk, qtbot):
    told = "import sys, json; print(json.dumps({'kind': 'error', 'message': ' '.join(sys.argv[1:])})); sys.exit(2)"
    job = start(desk, told, "/x.zip", ids=("--all", "b"), as_zip=True, overwrite=True)
    qtbot.waitUntil(lambda: job.is_over, timeout=10_000)
    assert job.told == f"--home {desk.home.root} --to /x.zip --language en --zip --overwrite -- --all b"


def test_strip_shows_progress_then_the_result_and_goes_when_it_is_closed(desk, qtbot):
    start(desk, WORKS, "/tmp/there/run-1")
    strip = ExportStrip(desk)
    qtbot.addWidget(strip)
    job = desk.exports.jobs[0]
    line = strip.findChild(ExportLine)
    assert "run-1" in line.text
    assert not line.cancel.isHidden()
    qtbot.waitUntil(lambda: job.is_over, timeout=10_000)
    assert "/tmp/there/run-1" in line.text
    assert not line.open.isHidden()
    assert line.cancel.isHidden()
    line.away.click()
    assert strip.isHidden()


def test_choice_of_a_folder_never_overwrites_what_is_there(desk, qtbot, tmp_path):
    owner = QWidget()
    qtbot.addWidget(owner)
    (tmp_path / "stepwell-abcdefgh").mkdir()
    start(desk, WORKS)
    choice = ExportChoice(desk, ["abcdefghijkl"], owner)
    choice.take(str(tmp_path))
    assert desk.exports.jobs[-1].target == tmp_path / "stepwell-abcdefgh-2"


def test_choice_of_a_zip_gets_the_ending(desk, qtbot, tmp_path):
    owner = QWidget()
    qtbot.addWidget(owner)
    start(desk, WORKS)
    choice = ExportChoice(desk, ["abcdefghijkl"], owner)
    choice.zip.setChecked(True)
    choice.take(str(tmp_path / "run"))
    assert desk.exports.jobs[-1].target == tmp_path / "run.zip"


def test_choice_opens_the_file_dialog_without_waiting(desk, qtbot):
    owner = QWidget()
    qtbot.addWidget(owner)
    choice = ExportChoice(desk, ["a", "b"], owner)
    choice.open()
    choice.go_on.click()
    dialog = choice.findChild(QFileDialog)
    assert dialog.fileMode() == QFileDialog.FileMode.Directory
    dialog.reject()
