"""Microseconds to encode and to decode one frame, for a typical intent of 1.2 KB and a few others.

    python bench/wire.py [--rounds 5] [--json FILE]

Beside them, from the same run, what bare `msgpack` and `msgspec.convert` cost without any of the checks. Goal: a
typical intent is decoded in at most 6 µs more than they take.
"""

from __future__ import annotations

import argparse
import json
import timeit
from pathlib import Path
from typing import TYPE_CHECKING

import msgpack
import msgspec

from shared.identity import Identity
from shared.messages import Accepted, BeginStep, GetStatus, Message, Picture, RecordsWritten, StepPage, WriteRecords
from shared.wire import decode, encode

if TYPE_CHECKING:
    from collections.abc import Callable

GOAL_ABOVE_BARE_US = 6.0
CALLS = 5000
WORKER = Identity("worker-1", "8c21d0aa33bb44ff")


def intent(thumbnail: bytes = b"") -> WriteRecords:
    """Return a typical intent of a step."""
    step = BeginStep(
        session_id="5b0c9a1f" * 4,
        step_num=12,
        picture=Picture(digest="1a2b3c4d" * 8, size_bytes=120_000, width=1080, height=2400),
        thumbnail=thumbnail,
        thinking="The settings page is open; the switch of the dark theme is near its top. " * 5,
        reply="<think>The switch is near the top.</think><answer>do(action=Tap)</answer>" * 4,
        action='{"action": "Tap", "element": [500, 120]}',
        action_params='{"x": 540, "y": 288}',
        current_app="com.android.settings",
        prompt_tokens=1204,
        completion_tokens=81,
        time_to_first_token_s=0.31,
        model_time_s=1.42,
        started_at="2025-01-01T00:00:00.000Z",
        elapsed_s=12.5,
    )
    return WriteRecords(records=(step,))


CASES: dict[str, Message] = {
    "intent": intent(),
    "intent with a thumbnail of 6 KB": intent(bytes(range(256)) * 24),
    "answer to an intent": RecordsWritten(results=(Accepted(seq=1234),)),
    "question": GetStatus(deadline=1234.5),
    "empty page": StepPage(items=(), next=None, timeline="8c21d0aa", seq=1234),
}


def microseconds(call: Callable[[], object], rounds: int) -> float:
    """Return what one `call` takes in the best of so many rounds."""
    return min(timeit.repeat(call, number=CALLS, repeat=rounds)) / CALLS * 1e6


def bare_decode(frame: bytes, kind: type[Message]) -> Message:
    """Return the message with nothing checked but its type."""
    return msgspec.convert(msgpack.unpackb(frame, raw=False)[5], kind)


def measure(message: Message, rounds: int) -> dict[str, float]:
    """Return the figures of one message."""
    frame = encode(WORKER, message, 7)
    return {
        "bytes": len(frame),
        "encode_us": microseconds(lambda: encode(WORKER, message, 7), rounds),
        "decode_us": microseconds(lambda: decode(frame), rounds),
        "bare_decode_us": microseconds(lambda: bare_decode(frame, type(message)), rounds),
    }


def main() -> None:
    """Measure, print, and write the figures when asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    figures = {name: measure(message, arguments.rounds) for name, message in CASES.items()}
    print(f"{'µs a frame':34}{'bytes':>8}{'encode':>9}{'decode':>9}{'bare decode':>13}")
    for name, found in figures.items():
        print(
            f"{name:34}{found['bytes']:8.0f}{found['encode_us']:9.1f}{found['decode_us']:9.1f}"
            f"{found['bare_decode_us']:13.1f}"
        )
    above = figures["intent"]["decode_us"] - figures["intent"]["bare_decode_us"]
    print(f"an intent's checks: {above:.1f} µs; goal: at most {GOAL_ABOVE_BARE_US:g}")
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
