"""The bar at the top: the pages, the DEMO mark, Stop all, and the lights of store, workers and phones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QFrame

from gui.widgets.badge import Badge
from gui.widgets.light import StatusLight
from gui.widgets.looks import SPACE, button, row
from shared.messages import Role

if TYPE_CHECKING:
    from gui.desk import Desk
    from shared.messages import ProcessRow


class TopBar(QFrame):
    """`wanted` names the page that the person asks for; `stop_all` that everything shall be stopped."""

    wanted = Signal(str)
    stop_all = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.setProperty("look", "bar")
        pages = [
            ("phones", self.tr("Phones")),
            ("run", self.tr("Run")),
            ("history", self.tr("History")),
            ("settings", self.tr("Settings")),
        ]
        self._group = QButtonGroup(self)
        self.buttons = {name: button(text, "nav") for name, text in pages}
        for number, (name, one) in enumerate(self.buttons.items(), 1):
            one.setCheckable(True)
            one.setToolTip(f"Ctrl+{number}")
            one.clicked.connect(lambda _checked=False, name=name: self.wanted.emit(name))
            self._group.addButton(one)
        self.stop = button(self.tr("■ Stop all"), "danger", tip=self.tr("Stop every task that runs or waits"))
        self.stop.clicked.connect(self.stop_all)
        self.store = StatusLight(self.tr("store"))
        self.workers = StatusLight(self.tr("workers"))
        self.phones = StatusLight(self.tr("phones"))
        demo = [Badge(self.tr("DEMO"), "warn")] if desk.demo else []
        lights = (self.store, self.workers, self.phones)
        row(self, *self.buttons.values(), None, *demo, self.stop, _Gap(), *lights, margin=SPACE)
        desk.link.changed.connect(self._show)
        desk.fleet.changed.connect(self._show)
        self._show()

    def choose(self, page: str) -> None:
        """Mark the page that is shown."""
        self.buttons[page].setChecked(True)

    def _show(self) -> None:
        self.stop.setEnabled(bool(self._desk.fleet.running or self._desk.fleet.queue))
        self.store.show_state(*self._store())
        self.workers.show_state(*self._workers())
        self.phones.show_state(*self._phones())

    def _store(self) -> tuple[str, str]:
        link = self._desk.link
        if link.store_here is None:
            return "idle", self.tr("the store is starting")
        if not link.store_here:
            return "bad", self.tr("the store is away; what you see may be old")
        if link.store is not None and link.store.alerts:
            return "warn", "\n".join(link.store.alerts)
        return "ok", self.tr("every step is committed before the next one")

    def _workers(self) -> tuple[str, str]:
        rows = self._rows(Role.WORKER)
        if rows is None and self._desk.link.supervisor_here is None:
            return "idle", self.tr("no worker runs yet")
        if rows is None:
            return "bad", self.tr("the supervisor does not answer")
        ready = sum(row.state == "ready" for row in rows)
        told = self.tr("%1 of %2 workers ready").replace("%1", str(ready)).replace("%2", str(len(rows)))
        if not rows:
            return "idle", self.tr("no worker runs yet")
        failed = any(row.state == "failed" for row in rows)
        return "bad" if failed else "ok" if ready == len(rows) else "warn", told

    def _phones(self) -> tuple[str, str]:
        devices = self._desk.fleet.devices
        present = [row for row in devices if row.worker]
        held = [row for row in present if row.held]
        if not present:
            return "idle", self.tr("no phone is connected")
        if held:
            return "warn", self.tr("held: %1").replace("%1", ", ".join(row.alias or row.device_id for row in held))
        return "ok", self.tr("%n phone(s) connected", "", len(present))

    def _rows(self, role: Role) -> list[ProcessRow] | None:
        processes = self._desk.link.processes
        return None if processes is None else [row for row in processes.items if row.role == role]


class _Gap(QFrame):
    """A little room between the button and the lights."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedWidth(SPACE)
