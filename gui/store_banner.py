"""The strip below the bar that says plainly when the store is away, or what it needs a person to know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFrame

from gui.widgets.looks import SPACE, label, restyle, row

if TYPE_CHECKING:
    from gui.desk import Desk


class StoreBanner(QFrame):
    """Hidden while all is well."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._link = desk.link
        self._text = label("", wrap=True)
        row(self, self._text, margin=SPACE)
        desk.link.changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        if self._link.store_here is False:
            restyle(self, "look", "banner-bad")
            self._text.setText(
                self.tr("The store is away. What you see is what it last said; nothing new is shown until it is back.")
            )
        elif self._link.store is not None and self._link.store.alerts:
            restyle(self, "look", "banner-warn")
            self._text.setText("\n".join(self._link.store.alerts))
        self.setVisible(self._link.store_here is False or bool(self._link.store and self._link.store.alerts))
