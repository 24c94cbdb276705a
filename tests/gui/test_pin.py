"""Why PySide6 is pinned: 6.12.0 aborts after some 570 emits of a bool signal on CPython 3.10 and 3.11."""

from __future__ import annotations

import os
import subprocess
import sys

EMITS = """
from PySide6.QtCore import QObject, Signal
class Sender(QObject):
    told = Signal(bool)
class Receiver(QObject):
    def __init__(self):
        super().__init__()
        self.heard = []
    def take(self, value):
        self.heard.append(value)
sender, receiver = Sender(), Receiver()
sender.told.connect(receiver.take)
for number in range(2000):
    sender.told.emit(number % 2 == 0)
assert receiver.heard == [number % 2 == 0 for number in range(2000)]
print("alive")
"""


def test_two_thousand_emits_of_a_bool_signal_do_not_abort():
    ran = subprocess.run([sys.executable, "-c", EMITS], capture_output=True, text=True, check=False, env=os.environ)
    assert (ran.returncode, ran.stdout.strip()) == (0, "alive"), ran.stderr
