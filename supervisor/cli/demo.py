"""`stepwell demo`: everything up in the demo's home, one task, its steps as they are committed, everything down again.

With a window everything stays up until it is closed. The supervisor is a process of its own, tied to this one: however
this one ends, nothing is left running. How the steps are shown in the terminal is in demo_view.py.
"""

from __future__ import annotations

import os
import re
import shlex
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from shared.shapes import task_json
from shared.task_state import is_final
from supervisor.cli.output import PROGRAM, HomeOption, JsonOption, end, print_json
from supervisor.cli.run import counted, ending_line, new_task
from supervisor.homes import find_home

if TYPE_CHECKING:
    from shared.messages import NewTask, TaskRow
    from shared.paths import Home

SAMPLE_TASKS: Final = {"en": "Open Settings and turn on dark mode", "zh": "打开设置并开启深色模式"}
_HAN: Final = re.compile("[\u3400-\u9fff]")
_LATIN_WORD: Final = re.compile("[A-Za-z]+")


def demo(
    task: Annotated[
        str | None,
        typer.Argument(metavar="[TASK]", help="What the scripted model is to do; a sample when none."),
    ] = None,
    *,
    headless: Annotated[bool, typer.Option("--headless", help="Without the window.")] = False,
    fast: Annotated[bool, typer.Option("--fast", help="The scripted model does not wait between replies.")] = False,
    seed: Annotated[int | None, typer.Option(help="The phone's starting state.", metavar="N")] = None,
    language: Annotated[
        Literal["en", "zh"] | None,
        typer.Option(help="The language of the phone, the model and, this time, the window."),
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Try it: a simulated phone, a scripted model, a sample task; no phone, no key. Example:  stepwell demo --fast"""
    from supervisor.display import has_display
    from supervisor.launch import start_detached
    from supervisor.options import StartOptions

    place = find_home(home, demo=True)
    wanted = task if task is not None else SAMPLE_TASKS[language or "en"]
    spoken = language or ("zh" if is_chinese(wanted) else "")
    fields = _task(place, wanted)
    window = has_display() and not headless and not as_json
    if not as_json:
        how = "with its window" if window else "headless" if headless else "there is no display: headless"
        print(f"Stepwell demo ({how}): starting the store, a worker, a simulated phone and a scripted model …")
    options = StartOptions(
        demo=True,
        fast=fast,
        seed=seed,
        language=spoken,
        window_language=language or "",
        window=window,
        ends_with_window=window,
    )
    launched = start_detached(place, options, tied=True)
    try:
        from supervisor.cli.demo_run import run_demo  # while everything starts

        ended, code = run_demo(place, fields, as_json=as_json, window=window)
    finally:
        if launched is not None:
            launched.end()
    _tell_result(place, ended, as_json=as_json)
    end(code)


def _task(home: Home, description: str) -> NewTask:
    """Return the demo's task: the scripted model and the simulated phone, everything else by default."""
    return new_task(
        home,
        description,
        agent=None,
        device=None,
        model=None,
        max_steps=None,
        expect_text=(),
        key=None,
        played=("", ""),
    )


def is_chinese(task: str) -> bool:
    """Tell whether a task is written in Chinese, and not only names something Chinese in another language."""
    return len(_HAN.findall(task)) > len(_LATIN_WORD.findall(task))


def _tell_result(home: Home, task: TaskRow | None, *, as_json: bool) -> None:
    """Tell how the task ended; one that had not ended when it was seen last has ended with the demo since."""
    if as_json:
        print_json({"task": task_json(task) if task is not None and is_final(task.final_status) else None})
        return
    if task is None:
        print(f"\nThe store did not answer; how the task stands is not known. The record: {home.root}")
        return
    pictures = home.screenshots / task.session_id
    number = sum(1 for _ in pictures.glob("*"))
    where = "" if find_home(None).root == home.root else f" --home {shlex.quote(str(home.root))}"
    cut_short = "The task was being stopped when the demo ended; its record tells how it ended."
    print(f"\n{ending_line(task, hint=False) if is_final(task.final_status) else cut_short}")
    print(
        f"The record: {home.database} and {home.event_log}{os.sep}; {counted(number, 'picture')} in {pictures}{os.sep}"
    )
    print(f"Look at it:  {PROGRAM} show {task.session_id[:8]}{where}")
    print(f"Try another: {PROGRAM} demo {shlex.quote('Add a contact 张三 with number 13800138000')}")
    print(f"Everything of the demo has ended. Your own phone: {PROGRAM} doctor, then {PROGRAM} run TASK")
