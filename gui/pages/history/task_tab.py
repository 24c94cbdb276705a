"""The tab History: the filter, the list of tasks, the details of the selected one, and what can be done with them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QByteArray, QPoint, QStandardPaths, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFileDialog, QMenu, QSplitter, QStackedWidget, QWidget

from gui.export_choice import ExportChoice
from gui.lasting import under_way
from gui.pages.history.filter_bar import FilterBar
from gui.pages.history.list_export import ListExport
from gui.pages.history.list_export_line import ListExportLine
from gui.pages.history.live_tasks import LiveTasks
from gui.pages.history.moment_dialog import MomentDialog
from gui.pages.history.search_line import SearchLine
from gui.pages.history.task_actions import TaskActions
from gui.pages.history.task_deletion import Deletion
from gui.pages.history.task_details import TaskDetails
from gui.pages.history.task_model import TASK_ROLE, TaskListModel
from gui.pages.history.task_view import TaskTable
from gui.widgets.empty import EmptyState
from gui.widgets.looks import SPACE, button, column, row
from shared.task_state import is_final

if TYPE_CHECKING:
    from gui.desk import Desk
    from gui.pages.history.task_filter import TaskFilter
    from shared.messages import TaskRow

_SPLITTER: Final = "history"


class TaskTab(QWidget):
    """See the head of this file."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.model = TaskListModel(desk)
        self.model.setParent(self)
        self._live = LiveTasks(desk, self.model)
        self.filters = FilterBar(desk)
        self.model.show_tasks(self.filters.wanted)  # first: the store reads while all else is made
        self.table = TaskTable(self.model)
        self.details = TaskDetails(desk)
        self.buttons = TaskActions(desk.commands)
        self.deletion = Deletion(desk, self)
        self._list_line = ListExportLine()
        for export in under_way(desk.work, ListExport):
            self._list_line.follow(export)
        self._build()
        self._connect()
        self._shortcuts()

    def _build(self) -> None:
        self.moment = button(self.tr("Go to time…"), tip=self.tr("Open what ran at a time (Ctrl+G)"))
        self.export_list = button(self.tr("Export list…"), tip=self.tr("The tasks that fit the filter, as CSV or JSON"))
        self.nothing_yet = EmptyState(
            self.tr("No task has been run yet"),
            self.tr(
                "Every task that you queue appears here, with its steps and pictures, and stays until you delete it."
            ),
        )
        self.nothing_fits = EmptyState(
            self.tr("No task fits this filter"),
            self.tr("Take a part of the filter away, or look further back."),
            self.tr("Show all tasks"),
        )
        self._stack = QStackedWidget()
        for one in (self.table, self.nothing_yet, self.nothing_fits):
            self._stack.addWidget(one)
        self._side = QWidget()
        layout = column(self._side, self.details, self.buttons)
        layout.setStretch(0, 1)
        listed = QWidget()
        layout = column(listed, self._stack, SearchLine(self.model))
        layout.setStretch(0, 1)
        self._splitter = QSplitter(Qt.Orientation.Horizontal)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.setHandleWidth(SPACE)
        self._splitter.addWidget(listed)
        self._splitter.addWidget(self._side)
        self._splitter.setSizes([880, 340])
        self._splitter.setStretchFactor(0, 1)
        kept = self._desk.state.now.splitters.get(_SPLITTER, "")
        self._splitter.restoreState(QByteArray.fromBase64(kept.encode()))
        top = row(None, self.filters, self.moment, self.export_list)
        top.setStretch(0, 1)
        layout = column(self, top, self._splitter, self._list_line, margin=SPACE)
        layout.setStretch(1, 1)
        self.setFocusProxy(self.table)

    def _connect(self) -> None:
        self.filters.changed.connect(self._filter)
        self.filters.text.returnPressed.connect(self.table.setFocus)
        self.model.changed.connect(self._show_state)
        self.model.dataChanged.connect(self._refresh_details)
        self.table.selectionModel().selectionChanged.connect(self._selected)
        self.model.modelReset.connect(self._selected)
        self.model.rowsRemoved.connect(self._selected)
        self.table.opened.connect(self._open)
        self.table.customContextMenuRequested.connect(self._menu)
        self.details.step_wanted.connect(self._desk.open_task)
        self.moment.clicked.connect(self._go_to_time)
        self.export_list.clicked.connect(self._choose_list)
        self._splitter.splitterMoved.connect(self._remember_splitter)
        if self.nothing_fits.action is not None:
            self.nothing_fits.action.clicked.connect(self.filters.show_all)
        self.buttons.open_wanted.connect(self._open)
        self.buttons.export_wanted.connect(self._export)
        self.buttons.delete_wanted.connect(self._delete)
        self.buttons.stop_wanted.connect(self._stop)
        self.buttons.judged.connect(self._judge)
        self._desk.commands.stopping.connect(self._selected)
        self._desk.fleet.changed.connect(self.table.viewport().update)

    def _shortcuts(self) -> None:
        for keys, do in (
            ("Ctrl+F", self._to_filter),
            ("Ctrl+G", self._go_to_time),
            ("Ctrl+E", self._export),
            ("Ctrl+.", self._stop),
        ):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(do)
        delete = QShortcut(QKeySequence(Qt.Key.Key_Delete), self.table)
        delete.setContext(Qt.ShortcutContext.WidgetShortcut)
        delete.activated.connect(self._delete)

    def _filter(self, wanted: TaskFilter) -> None:
        self.model.show_tasks(wanted)

    def _to_filter(self) -> None:
        self.filters.text.setFocus()
        self.filters.text.selectAll()

    def _show_state(self) -> None:
        """Show the list, or why there is none; offer the models that it has shown."""
        empty = self.model.is_known and self.model.rowCount() == 0 and self.model.is_complete
        without = self.nothing_yet if self.model.filter.is_empty else self.nothing_fits
        self._stack.setCurrentWidget(without if empty else self.table)
        self._side.setVisible(not empty)
        self.export_list.setEnabled(self.model.rowCount() > 0)
        newest = self.model.pages.pages[0].rows if self.model.pages.pages else None
        self.filters.add_models({row.model_name or row.model for row in newest or ()})
        if self.model.rowCount() and not self.table.selectionModel().hasSelection():
            self.table.choose(max(0, self.table.currentIndex().row()))

    def _selected(self, *_why: object) -> None:
        chosen = self.table.chosen()
        count = self.table.chosen_count()
        self.details.show_task(chosen[0] if count == 1 and chosen else None, count)
        self.buttons.show_for(chosen, count)

    def _refresh_details(self) -> None:
        if self.table.chosen_count() == 1:
            self._selected()

    def _open(self) -> None:
        task: TaskRow | None = self.table.currentIndex().data(TASK_ROLE)
        if task is not None:
            self._desk.open_task.emit(task.session_id, None)

    def _export(self) -> None:
        chosen = self.table.chosen()
        if chosen:
            ExportChoice(self._desk, [task.session_id for task in chosen], self).open()

    def _delete(self) -> None:
        self.deletion.ask(self.table.chosen())

    def _stop(self) -> None:
        """Stop what runs or waits among the selected tasks, where that was not asked for already."""
        if self.buttons.stop.hasFocus():
            self.table.setFocus()  # the button is about to be disabled, which would throw the focus anywhere
        for task in self.table.chosen():
            if not is_final(task.final_status) and not self._desk.commands.is_stopping(task.session_id):
                self._desk.commands.stop(task)

    def _judge(self, label: object) -> None:
        for task in self.table.chosen():
            self._desk.commands.judge(task, label)  # type: ignore[arg-type]

    def _menu(self, at: QPoint) -> None:
        if self.table.chosen_count():
            menu: QMenu = self.buttons.menu(self)
            menu.popup(self.table.viewport().mapToGlobal(at))

    def _go_to_time(self) -> None:
        MomentDialog(self._desk, self).open()

    def _choose_list(self) -> None:
        place = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        dialog = QFileDialog(self, self.tr("Export the list"), place)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters(["CSV (*.csv)", "JSON (*.json)"])
        dialog.setDefaultSuffix("csv")
        dialog.selectFile("stepwell-tasks.csv")
        dialog.fileSelected.connect(self.write_list)
        dialog.open()

    def write_list(self, chosen: str) -> None:
        """Write the tasks that fit the filter to a file; .json makes it JSON, everything else CSV."""
        target = Path(chosen)
        if target.suffix.lower() not in (".csv", ".json"):
            target = target.with_name(f"{target.name}.csv")
        export = ListExport(self._desk, self.model.filter, target)
        self._list_line.follow(export)
        export.start()

    def _remember_splitter(self) -> None:
        self._desk.state.now.splitters[_SPLITTER] = bytes(self._splitter.saveState().toBase64().data()).decode()
        self._desk.state.save()
