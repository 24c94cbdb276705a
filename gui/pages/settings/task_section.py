"""What a task gets when nothing else is said, and the times that a slow phone may want longer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gui.pages.settings.form import Form
from gui.pages.settings.layout import Section

if TYPE_CHECKING:
    from gui.desk import Desk


class TaskSection(Section):
    """The section Tasks: defaults and limits."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(
            self.tr("Tasks"), self.tr("Running tasks keep what they began with; changes count from the next task on.")
        )
        self.defaults = self._defaults(desk)
        self.limits = self._limits(desk)
        self.add(self.defaults, self.limits)

    def _defaults(self, desk: Desk) -> Form:
        form = Form(desk, "task", self.tr("When a task names nothing else"))
        form.text("agent", self.tr("Agent"), self.tr("“phone” looks and acts; “script” plays a list of actions."))
        profiles = {name: name for name in desk.keeper.settings.models}
        first = {"": self.tr("automatic")}
        hint = self.tr("Automatic: the profile called “default”, or the only one.")
        form.choice("model", self.tr("Model profile"), hint, first | profiles)
        form.number(
            "max_steps", self.tr("Steps at most"), self.tr("A task that needs more has failed"), self.tr("steps")
        )
        hint = self.tr("A task that takes longer is ended")
        form.number("time_limit_s", self.tr("Time limit"), hint, self.tr("seconds"))
        form.finish()
        return form

    def _limits(self, desk: Desk) -> Form:
        form = Form(desk, "limits", self.tr("Limits"))
        unit = self.tr("seconds")
        form.number("step_s", self.tr("One step"), self.tr("A step that takes longer ends its task"), unit)
        hint = self.tr("An agent that goes on so long after a stop is ended by force")
        form.number("stop_grace_s", self.tr("Grace after a stop"), hint, unit)
        hint = self.tr("One command to the phone; counts from the next start")
        form.number("device_command_s", self.tr("Phone command"), hint, unit)
        hint = self.tr("A phone that is away is waited for so long")
        form.number("device_wait_s", self.tr("Wait for a phone"), hint, unit)
        hint = self.tr("Older backups go when all together take more; the newest two stay")
        form.number("backups_gib", self.tr("Space for backups"), hint, self.tr("GiB"))
        form.finish()
        return form
