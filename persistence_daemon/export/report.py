"""Draws report.html, step by step as they are read, so that a run of any length takes no more memory than a short one.

The page needs nothing but the pictures beside it: its style and script stand in it, and its Content-Security-Policy
allows these two, by their digests, and pictures; so nothing that an agent or a model wrote can run or call home even
if it got past the escaping. Called by run.py. Jinja2 is imported for exports only.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from importlib import resources
from typing import IO, TYPE_CHECKING, Final

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup
from msgspec import Struct

from persistence_daemon.export.cards import card_of, moment, seconds, shortened
from persistence_daemon.export.words import WORDS
from shared.messages import NoteRow, TaskRow, TransitionRow
from shared.task_state import is_final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from persistence_daemon.export.cards import ShownStep
    from shared.settings import Language

_PAGE: Final = "report.html.j2"
_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]"
)  # controls; what turns text round


class Closing(Struct):
    """What is known only when the last step has been read; the page's end shows it."""

    seq: int = 0
    left_out: list[str] = []  # msgspec copies an empty list for each


class Front(Struct, frozen=True, kw_only=True):
    """A run beside its steps, masked."""

    task: TaskRow
    transitions: Sequence[TransitionRow]
    notes: Sequence[NoteRow]  # those that belong to no step
    device: str
    timeline: str
    seq: int
    made_at: str


class Report:
    """Draws reports in one language."""

    def __init__(self, language: Language) -> None:
        self._words = WORDS[language]
        self._environment = _environment()

    def write(self, file: IO[str], front: Front, steps: Iterable[ShownStep], closing: Closing) -> None:
        """Write the page of a run to `file`, taking `steps` one at a time; `closing` is read after the last of them."""
        words, unknown = self._words, front.task.unknown_step
        cards = (card_of(step, words, unknown_step=unknown) for step in steps)
        page = self._environment.get_template(_PAGE).generate(
            w=words,
            front=front,
            task=front.task,
            cards=cards,
            closing=closing,
            has_ended=is_final(front.task.final_status),
            description=shortened(front.task.task_description, words),
        )
        for part in page:
            file.write(part)


def _environment() -> Environment:
    style, script = _part("report.css"), _part("report.js")
    environment = Environment(
        loader=DictLoader({_PAGE: _part(_PAGE)}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_seen,
    )
    environment.filters |= {"moment": moment, "seconds": seconds}
    environment.globals |= {
        "style": Markup(style),  # noqa: S704 - ours, from a file of this package
        "script": Markup(script),  # noqa: S704
        "policy": (
            f"default-src 'none'; img-src 'self' file:; style-src '{_digest(style)}'; script-src '{_digest(script)}';"
            " base-uri 'none'; form-action 'none'"
        ),
    }
    return environment


def _seen(value: object) -> object:
    """Return a text with what a reader cannot see, but is misled by, made visible; anything else as it is."""
    return _UNSEEN.sub("\ufffd", value) if type(value) is str else value


def _part(name: str) -> str:
    return resources.files("persistence_daemon.export").joinpath(name).read_text("utf-8")


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
