"""The window's languages: Qt Linguist catalogues, one pair of files for each folder of texts.

`i18n/<group>_<language>.qm` is compiled from the `.ts` beside it by `python gui/i18n/make.py`, which also finds the
texts; a test fails when one is missing or not translated. English has catalogues too, for its plural forms. Called by
app.py. Texts stand in the code as `self.tr("…")`.
"""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, QTranslator

from shared.logs import get_logger

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from shared.settings import Language


class Languages:
    """The catalogues of the language that is spoken now."""

    def __init__(self, app: QApplication) -> None:
        self._app = app
        self._installed: list[tuple[QTranslator, bytes]] = []  # a translator reads its catalogue where it lies

    def speak(self, language: Language) -> None:
        """Let every text that is made from now on be in `language`."""
        for translator, _data in self._installed:
            self._app.removeTranslator(translator)
        self._installed.clear()
        chinese = QLocale(QLocale.Language.Chinese, QLocale.Country.China)
        QLocale.setDefault(chinese if language == "zh" else QLocale(QLocale.Language.English))
        for catalogue in sorted(resources.files("gui.i18n").iterdir(), key=lambda file: file.name):
            if catalogue.name.endswith(f"_{language}.qm"):
                self._install(catalogue.name, catalogue.read_bytes())

    def _install(self, name: str, data: bytes) -> None:
        translator = QTranslator(self._app)
        if not translator.load(data):
            get_logger().error("a catalogue of texts is not readable", catalogue=name)
            return
        self._app.installTranslator(translator)
        self._installed.append((translator, data))
