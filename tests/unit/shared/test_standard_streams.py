"""A process that was started without stdin, stdout or stderr gets /dev/null in their place, and its children too."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

LOOK = """
import json, os, subprocess, sys
from shared.standard_streams import occupy_standard_streams
occupy_standard_streams()
print("not seen")
named = lambda: [os.readlink(f"/proc/self/fd/{number}") for number in range(3)]
child = "import json, os; json.dump([os.path.exists(f'/proc/self/fd/{n}') for n in range(3)], open('child', 'w'))"
subprocess.run([sys.executable, "-c", child], check=True)
own = os.open("own", os.O_WRONLY | os.O_CREAT)
os.write(own, json.dumps({"first_free": own, "named": named(), "tty": sys.stdout.isatty()}).encode())
"""


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_no_file_of_ours_becomes_a_standard_stream(closed: str, tmp_path: Path) -> None:
    command = ["sh", "-c", f'exec "$@" {closed}', "sh", sys.executable, "-c", LOOK]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, stdin=subprocess.PIPE, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    seen = json.loads((tmp_path / "own").read_text())
    assert seen["first_free"] == 3
    assert [name == "/dev/null" for name in seen["named"]] == [
        sign in closed.split() for sign in ("<&-", ">&-", "2>&-")
    ]
    assert json.loads((tmp_path / "child").read_text()) == [True, True, True]
