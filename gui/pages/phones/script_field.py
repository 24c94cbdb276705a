"""Where the flow of a `script` task is written, or read from a file. The worker judges it when it is queued."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, QRunnable, Qt, QThreadPool, Signal
from PySide6.QtWidgets import QFileDialog, QPlainTextEdit, QWidget

from gui import theme
from gui.pages.phones.draft_check import SCRIPT_MAX
from gui.pages.phones.form_field import FormField
from gui.widgets.looks import button, column, row

_BYTES_MAX: Final = SCRIPT_MAX * 4  # of UTF-8
_HEIGHT: Final = 132


class _Done(QObject):
    read = Signal(str, str)  # the text, and why there is none


class _Read(QRunnable):
    """Reads a file beside the window's thread."""

    def __init__(self, path: Path, done: _Done) -> None:
        super().__init__()
        self._path = path
        self._done = done

    def run(self) -> None:
        """Read it; a file that is too large or no text is told as a fault."""
        try:
            with self._path.open("rb") as file:
                data = file.read(_BYTES_MAX + 1)
            if len(data) > _BYTES_MAX:
                raise ValueError(f"more than {_BYTES_MAX:,} bytes")
            self._done.read.emit(data.decode("utf-8-sig"), "")
        except (OSError, ValueError) as error:
            self._done.read.emit("", str(error))


class ScriptField(QWidget):
    """`typed` comes at each change of the text."""

    typed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.editor = QPlainTextEdit()
        self.editor.setFont(theme.code_font())
        self.editor.setTabChangesFocus(True)
        self.editor.setFixedHeight(_HEIGHT)
        self.editor.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.editor.setPlaceholderText("- launch: Settings\n- tap: [540, 288]\n- expect_text: Display")
        self.editor.textChanged.connect(self.typed)
        self.field = FormField(self.tr("Script (YAML)"), self.editor, self.tr("A list of actions, one a line"))
        self.choose = button(self.tr("Choose a file…"), tip=self.tr("Take the script from a file"))
        self.choose.clicked.connect(self._choose)
        self._done = _Done()
        self._done.read.connect(self._read)
        column(self, self.field, row(None, self.choose, None), space=4)

    def open_file(self, path: str) -> None:
        """Take the text from a file."""
        QThreadPool.globalInstance().start(_Read(Path(path), self._done))

    def _choose(self) -> None:
        dialog = QFileDialog(self, self.tr("Choose a script"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([self.tr("Scripts (*.yaml *.yml)"), self.tr("All files (*)")])
        dialog.fileSelected.connect(self.open_file)
        dialog.open()

    def _read(self, text: str, fault: str) -> None:
        if fault:
            self.field.show_fault(self.tr("The file cannot be used: %1").replace("%1", fault))
        else:
            self.editor.setPlainText(text)
