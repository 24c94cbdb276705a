"""The agent `command`: runs a program in any language, which asks for what is to be done by JSON lines.

What the program asks Stepwell to do is as safe as any agent's steps. What it does to the phone by itself is outside of
that promise, so each of its runs is marked by a note. Found by the entry point `command`; the language is in lines.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from shared.outside_program import MARK, read_program

if TYPE_CHECKING:
    from shared.messages import NewTask, TaskRow
    from worker.context import TaskContext
    from worker.devices.base import Device


class CommandAgent:
    """Runs one program for one task."""

    needs_device: ClassVar[bool] = True
    needs_model: ClassVar[bool] = False

    @staticmethod
    def check_task(task: NewTask) -> None:
        """Refuse a task that names no program."""
        read_program(task.script)

    def run(self, task: TaskRow, device: Device, context: TaskContext) -> str:
        """Run the program to its report; return its sentence. Nothing of the program is left when this returns."""
        # Few tasks are programs, and what they need costs each worker memory.
        from worker.agents.command.lines import write_line  # noqa: PLC0415
        from worker.agents.command.process import OutsideProgram  # noqa: PLC0415
        from worker.agents.command.session import Session  # noqa: PLC0415

        named = read_program(task.script)
        context.note(f"{MARK}: {named} (in {named.directory})")
        program = OutsideProgram(named, context.check)
        session = Session(program, device, context)
        program.check = session.check
        why = "the task ended"
        try:
            return session.serve()
        except BaseException as error:
            why = str(error) or type(error).__name__
            raise
        finally:
            try:
                session.close(why)
            finally:
                program.end(write_line("stop", reason=why))
