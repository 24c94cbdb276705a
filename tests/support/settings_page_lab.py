"""The page SETTINGS for its tests: on the real desk, with a keeper that lets the test say what comes of a change."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QLineEdit, QPushButton

from gui.pages.settings.page import SettingsPage
from shared.settings import ModelProfile, Settings

LOCAL = ModelProfile(base_url="http://127.0.0.1:8000/v1")
CLOUD = ModelProfile(base_url="https://api.example.com/v1", model="glm", api_key_file="keys/cloud", language="zh")


class Keeper(QObject):
    """Takes changes as the real one does, and lets the test say what comes of them."""

    changed = Signal()

    def __init__(self):
        super().__init__()
        self.keys = frozenset({"cloud"})
        self.settings = Settings(models={"default": LOCAL, "cloud": CLOUD})
        self.wanted = []

    def change(self, wanted, then, failed, key=None):
        self.wanted.append((wanted, key))
        self.then, self.failed = then, failed

    def succeed(self):
        self.settings = self.wanted[-1][0]
        self.then()
        self.changed.emit()

    def close(self):
        pass


def new_page(core, qtbot):
    made = SettingsPage(core.desk)
    qtbot.addWidget(made)
    core.kept.append(made)
    made.resize(1200, 700)
    made.show()
    return made


def press(page, qtbot, name):
    qtbot.mouseClick(page.findChild(QPushButton, name), Qt.MouseButton.LeftButton)


def field(page, name):
    return page.findChild(QLineEdit, name)
