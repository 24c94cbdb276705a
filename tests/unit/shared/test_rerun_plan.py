"""What of a record is played again, what is left out, and where a rerun must end."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageDraw

from shared.errors import BadInputError, ErrorCode
from shared.messages import Actor, Outcome, StepRow
from shared.rerun_plan import PLAN_MAX, Plan, PlannedStep, plan_of, plan_text, read_plan
from shared.screen_hash import HEX_DIGITS, distance, hash_of

SCREEN = ("0" * HEX_DIGITS, (1080, 2400))


def row(number: int, action: str, params: str = "{}", outcome: Outcome | None = Outcome.DONE) -> StepRow:
    values: dict[str, object] = dict.fromkeys(StepRow.__struct_fields__)
    values |= {"step_num": number, "action": action, "action_params": params, "outcome": outcome, "actor": Actor.AGENT}
    return StepRow(**values)  # type: ignore[arg-type]


def planned(*rows: StepRow) -> tuple[PlannedStep, ...]:
    return plan_of("old", rows, 0.1, lambda _row: SCREEN).steps


def test_each_agents_words_become_the_devices() -> None:
    steps = planned(
        row(1, '{"action": "Tap", "element": [500, 120], "message": "pay"}', '{"x": 540, "y": 288}'),
        row(2, '{"action": "Long Press", "element": [1, 2]}', '{"x": 1, "y": 2}'),
        row(3, '{"action": "Back"}', '{"key": "BACK"}'),
        row(4, '{"action": "type", "text": "a"}', '{"text": "a"}'),
    )
    assert [(step.kind, step.params) for step in steps] == [
        ("tap", {"x": 540, "y": 288}),
        ("long_press", {"x": 1, "y": 2}),
        ("key", {"key": "BACK"}),
        ("type", {"text": "a"}),
    ]
    assert [step.confirm for step in steps] == ["pay", "", "", ""]
    assert {(step.screen, step.size) for step in steps} == {SCREEN}


def test_what_did_nothing_to_the_phone_is_left_out() -> None:
    steps = planned(
        row(1, '{"action": "Note", "message": "x"}'),
        row(2, '{"action": "Tap"}', '{"x": 1, "y": 2}', Outcome.FAILED),
        row(3, '{"action": "Tap"}', '{"x": 1, "y": 2}', Outcome.NOT_EXECUTED),
        row(4, '{"action": "assert", "text": "x"}', '{"text": "x"}'),
        row(5, '{"action": "key", "key": "HOME"}', '{"key": "HOME"}'),
        row(6, '{"action": "finish", "message": "done"}'),
    )
    assert [step.step for step in steps] == [5]


@pytest.mark.parametrize(
    ("last", "said"),
    [
        (row(2, '{"action": "Tap"}', '{"x": 1, "y": 2}', Outcome.UNKNOWN), "step 2 (Tap) may have happened"),
        (row(2, '{"action": "Tap"}', '{"x": 1, "y": 2}', None), "step 2 (Tap) may have happened"),
        (row(2, '{"action": "look at the clock"}'), "step 2 (look at the clock) is nothing that Stepwell could do"),
        (row(2, '{"action": "Take_over", "message": "log in"}'), "step 2 (Take_over) is nothing that"),
        (row(2, "", ""), "step 2 (no action) is nothing that"),
    ],
)
def test_a_rerun_ends_at_what_it_must_not_or_cannot_repeat(last: StepRow, said: str) -> None:
    _, step = planned(row(1, '{"action": "key"}', '{"key": "HOME"}'), last)
    assert step.stop.startswith(said)
    assert step.kind == ""


def test_a_record_without_anything_to_play_is_refused() -> None:
    with pytest.raises(BadInputError, match="did nothing to a phone"):
        planned(row(1, '{"action": "Note"}'), row(2, "", "", Outcome.UNKNOWN))


def test_a_plan_reads_back_as_it_was_and_one_that_is_too_long_is_refused() -> None:
    plan = Plan("old", 0.1, planned(row(1, '{"action": "key"}', '{"key": "HOME"}')))
    assert read_plan(plan_text(plan)) == plan
    with pytest.raises(BadInputError) as caught:
        plan_text(Plan("old", 0.1, (PlannedStep(1, "type", {"text": "x" * PLAN_MAX}),)))
    assert caught.value.code is ErrorCode.TOO_LARGE
    with pytest.raises(BadInputError, match="carries no plan"):
        read_plan("- tap: [1, 2]")


def drawn(*texts: str, dark: bool = False) -> bytes:
    picture = Image.new("RGB", (540, 1200), (20, 20, 20) if dark else (250, 250, 250))
    pen = ImageDraw.Draw(picture)
    for number, text in enumerate(texts):
        pen.rectangle((20, 100 + 100 * number, 40 + 10 * len(text), 160 + 100 * number), fill=(90, 120, 200))
    pen.rectangle((0, 1100, 540, 1200), fill=(60, 60, 60))
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def test_a_small_change_is_a_small_distance_and_another_page_a_large_one() -> None:
    (page, size), (typed, _), (other, _) = (
        hash_of(drawn("a" * 30, "b" * 20, "c" * 40)),
        hash_of(drawn("a" * 30, "b" * 20, "c" * 42)),
        hash_of(drawn(*["d" * n for n in (5, 45, 10, 40, 20, 35, 3)], dark=True)),
    )
    assert size == (540, 1200)
    assert distance(page, page) == 0
    assert distance(page, typed) < 0.05
    assert distance(page, other) > 0.1
    assert distance("0" * HEX_DIGITS, "f" * HEX_DIGITS) == 1


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n" + b"x" * 100])
def test_what_is_no_picture_has_no_hash(data: bytes) -> None:
    with pytest.raises(ValueError, match="cannot be decoded"):
        hash_of(data)
