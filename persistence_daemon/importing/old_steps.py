"""The steps of one older task: those of the table and those that only its backup holds, merged, numbered, in our form.

Nothing is dropped: what cannot stand as it is is repaired, and the step keeps in `original` what was there. Called by
plan.py. Pure; must not read files.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from persistence_daemon.importing import old_words
from persistence_daemon.importing.numbering import numbers_for
from persistence_daemon.importing.originals import Original, text_of
from persistence_daemon.importing.tables import Value
from persistence_daemon.pictures import step_path
from shared.messages import Label, StepImported

if TYPE_CHECKING:
    from collections.abc import Iterable

    from persistence_daemon.importing.shots import Shot
    from persistence_daemon.importing.tables import Row

_COLUMNS: Final = frozenset(
    [
        "id",
        "session_id",
        "step_num",
        "screenshot_path",
        "screenshot_analysis",
        "action",
        "action_params",
        "execution_time",
        "success",
        "message",
        "thinking",
        "user_label",
        "user_correction",
    ]
)
_SAID: Final = ("thinking", "message", "action", "action_params", "screenshot_analysis")  # by which steps are compared
_NOT_SAID: Final = frozenset({None, "", "null"})
NO_PICTURE: Final = "no screenshot was recorded there"


class OldStep(Struct, frozen=True):
    """A step as it stands in the older store, with the number that it gets."""

    values: Mapping[str, Value]
    number: int
    from_backup: bool
    bad_texts: tuple[str, ...] = ()

    @property
    def picture(self) -> str:
        """The path of its screenshot as it stands there, '' when there is none."""
        return text_of(self.values.get("screenshot_path")) or ""


def merged(rows: Iterable[Row], lines: Iterable[Mapping[str, Value]]) -> list[OldStep]:
    """Return a task's steps by rising number: the table's rows (in the order of their ids), and what only lines say."""
    found: list[tuple[Mapping[str, Value], tuple[str, ...], bool]] = [
        (row.values, row.bad_texts, False) for row in rows
    ]
    by_number: dict[int | None, list[Mapping[str, Value]]] = {}
    for values, _, _ in found:
        by_number.setdefault(_number(values), []).append(values)
    for line in lines:
        same_number = by_number.setdefault(_number(line), [])
        if not any(_says_all(values, line) for values in same_number):
            same_number.append(line)
            found.append((line, (), True))
    numbers = numbers_for([_number(values) for values, _, _ in found])
    steps = [
        OldStep(values, number, from_backup, bad)
        for (values, bad, from_backup), number in zip(found, numbers, strict=True)
    ]
    return sorted(steps, key=lambda step: step.number)


def as_event(session_id: str, step: OldStep, shot: Shot) -> tuple[StepImported, Original]:
    """Return a step as the store takes it in, and what was repaired."""
    values, original = step.values, Original(step.bad_texts)
    _note_number(step, original)
    original.keep_other_columns(values, _COLUMNS)
    label = _label(values, original)
    picture = shot.picture
    body = StepImported(
        session_id=session_id,
        step_num=step.number,
        picture=picture,
        picture_path=None if picture is None else step_path(session_id, step.number, picture.digest),
        picture_missing="" if picture is not None else _why_missing(step.picture, shot.missing),
        screenshot_analysis=text_of(values.get("screenshot_analysis")) or "",
        action=_json(values, "action", original),
        action_params=_json(values, "action_params", original),
        execution_time=original.seconds(values, "execution_time"),
        success=_success(values, original),
        message=text_of(values.get("message")) or "",
        thinking=text_of(values.get("thinking")) or "",
        label=label,
        correction=text_of(values.get("user_correction")) or None,
        original=None,
    )
    if step.picture:
        original.keep("screenshot_path", step.picture)
    if shot.converted:
        original.repaired(f"screenshots that were {shot.converted} became PNG")
    return body, original


def _number(values: Mapping[str, Value]) -> int | None:
    return old_words.whole_of(values.get("step_num"))


def _says_all(values: Mapping[str, Value], line: Mapping[str, Value]) -> bool:
    """Tell whether a line of a backup says nothing that `values` do not say."""
    return all(_said(line, name) in (None, _said(values, name)) for name in _SAID)


def _said(values: Mapping[str, Value], name: str) -> str | None:
    """Return what a step says, JSON in one form, None when it says nothing."""
    text = text_of(values.get(name))
    if text in _NOT_SAID:
        return None
    try:
        return json.dumps(json.loads(str(text)), sort_keys=True)
    except (ValueError, RecursionError):
        return text


def _note_number(step: OldStep, original: Original) -> None:
    wanted = step.values.get("step_num")
    if wanted is None:
        original.repaired("steps without a number got the next free one at the end")
    elif _number(step.values) != step.number:
        original.keep("step_num", wanted)
        original.repaired("steps whose number was taken, or none, got the next free one at the end")
    if step.from_backup:
        original.keep("from", "the backup of its task")


def _label(values: Mapping[str, Value], original: Original) -> Label | None:
    word = text_of(values.get("user_label"))
    label, known = old_words.label_of(word)
    if not known:
        original.keep("user_label", word)
        original.repaired("labels other than correct and wrong are kept beside")
    return label


def _json(values: Mapping[str, Value], name: str, original: Original) -> str:
    text = text_of(values.get(name)) or ""
    if text:
        try:
            json.loads(text)
        except (ValueError, RecursionError):
            original.repaired(f"{name} that is not JSON stands as it is")
    return text


def _success(values: Mapping[str, Value], original: Original) -> bool | None:
    success, known = old_words.truth_of(values.get("success"))
    if not known:
        original.keep("success", values.get("success"))
        original.repaired("success that is neither 0 nor 1 is not known")
    return success


def _why_missing(path: str, why: str) -> str:
    return f"the older store names {path[:1000]}, but {why}" if path else NO_PICTURE
