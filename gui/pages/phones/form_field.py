"""An input with its name above it and, when it is not valid, the reason beneath it. Used by the task input."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from gui.widgets.looks import column, label, restyle


class FormField(QWidget):
    """`show_fault` with a sentence marks it, with '' takes the mark back."""

    def __init__(self, name: str, control: QWidget, hint: str = "") -> None:
        super().__init__()
        self.control = control
        self.error = label("", "error", wrap=True)
        self.error.hide()
        title = label(name, "muted")
        if not name:
            title.hide()  # never shown here: without a parent yet, it would come up as a window of its own
        title.setBuddy(control)
        self._hint = hint
        if not control.accessibleName():
            control.setAccessibleName(name)
        control.setToolTip(hint)
        control.setAccessibleDescription(hint)
        column(self, title, control, self.error, space=4).addStretch(1)

    @property
    def is_faulty(self) -> bool:
        """Whether a reason is shown."""
        return bool(self.error.text())

    def show_fault(self, sentence: str) -> None:
        """Say what is wrong with it, or nothing."""
        if sentence == self.error.text():
            return
        restyle(self.control, "invalid", "true" if sentence else "false")
        self.error.setText(sentence)
        self.error.setVisible(bool(sentence))
        self.control.setAccessibleDescription(sentence or self._hint)
