"""The line below the list: how many tasks are read, how far a search has come, how to stop it; or what went wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QProgressBar, QWidget

from gui.widgets.looks import button, label, row

if TYPE_CHECKING:
    from gui.pages.history.task_model import TaskListModel

_SHARES = 1000


class SearchLine(QWidget):
    """Follows a model of tasks."""

    def __init__(self, model: TaskListModel) -> None:
        super().__init__()
        self._model = model
        self.said = label("", "muted")
        self.bar = QProgressBar()
        self.bar.setRange(0, _SHARES)
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(8)
        self.bar.setFixedWidth(140)
        self.bar.setAccessibleName(self.tr("How much of the history was looked at"))
        self.stop = button(self.tr("Stop searching"))
        self.stop.setObjectName("stop searching")
        self.stop.clicked.connect(model.stop)
        self.go_on = button(self.tr("Search on"))
        self.go_on.clicked.connect(model.go_on)
        row(self, self.said, self.bar, self.stop, self.go_on, None)
        self.setMinimumHeight(self.stop.sizeHint().height())  # the list must not jump when a search begins
        model.changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        model = self._model
        searches = model.searching and not model.filter.is_empty
        self.bar.setVisible(searches or model.stopped)
        self.bar.setValue(int(model.looked_at * _SHARES))
        self.stop.setVisible(searches)
        self.go_on.setVisible(model.stopped and not model.is_complete)
        self.said.setText(self._sentence(searches=searches))

    def _sentence(self, *, searches: bool) -> str:
        model = self._model
        count = model.rowCount()
        shown = QLocale().toString(count)
        part = f"{int(model.looked_at * 100)} %"
        if model.problem:
            return model.problem
        if searches or (model.stopped and not model.is_complete):
            begin = self.tr("searching…") if searches else self.tr("search stopped")
            looked = self.tr("%1 of the history looked at").replace("%1", part)
            return f"{begin} {looked} · " + self.tr("%1 found").replace("%1", shown)
        if not model.is_known:
            return self.tr("reading…")
        if model.is_complete:
            return self.tr("%n task(s)", "", count)
        return self.tr("%1 tasks read so far; more as you scroll").replace("%1", shown)
