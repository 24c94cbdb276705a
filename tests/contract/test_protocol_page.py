"""The protocol page says what the code says, and each message's docstring says what the table of rules says."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from shared import messages
from shared.errors import ErrorCode
from shared.messages import RULES, WIRE_TYPES, Role, Rule
from shared.task_state import TaskEvent

TREE = Path(__file__).parents[2]
PROGRAM = TREE / "docs" / "make_protocol.py"
CHILDREN = {Role.DAEMON, Role.WORKER, Role.GUI, Role.PHONE, Role.MODEL}
BY_NAME = pytest.mark.parametrize("rule", RULES, ids=[rule.message.__name__ for rule in RULES])


@pytest.fixture(scope="module")
def maker() -> Any:
    spec = importlib.util.spec_from_file_location("make_protocol", PROGRAM)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_fresh() -> None:
    ran = subprocess.run([sys.executable, PROGRAM, "--check"], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


def test_a_stale_page_is_noticed(maker: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maker, "PAGE", tmp_path / "protocol.md")
    assert maker.main(["--check"]) == 1
    assert maker.main([]) == 0
    assert maker.main(["--check"]) == 0
    (tmp_path / "protocol.md").write_text(maker.page().replace("version 1", "version 2", 1), encoding="utf-8")
    assert maker.main(["--check"]) == 1


@BY_NAME
def test_each_docstring_says_who_may_send_it_to_whom_and_what_answers(rule: Rule, maker: Any) -> None:
    said = maker.said(rule.message)
    assert set(said) == {"Sender", "Receiver", "Reply"}, f"{rule.message.__name__} does not say all three"
    if said["Sender"] == "any child":
        assert rule.senders == CHILDREN
    else:
        assert {Role(name) for name in said["Sender"].split(", ")} == rule.senders
    if rule.receiver is None:
        assert said["Receiver"] in ("any child", "whoever subscribes")
    else:
        assert said["Receiver"] == rule.receiver
    assert said["Reply"] == (rule.reply.__name__ if rule.reply else "")


@BY_NAME
def test_each_docstring_says_when_it_is_sent_and_whether_it_is_safe_to_repeat(rule: Rule, maker: Any) -> None:
    text = " ".join(maker.doc(rule.message).split())
    name = rule.message.__name__
    for word in ("When", "Safe to repeat"):
        assert len(re.findall(rf"\b{word}: [a-z]", text)) == 1, f"{name} does not say it once: {word}"


@BY_NAME
def test_a_message_that_is_dropped_after_a_deadline_is_answered_and_no_other(rule: Rule) -> None:
    """All that is asked and answered is a request with a deadline; only records have none, for they happened."""
    is_request = issubclass(rule.message, messages.Request)
    assert is_request == (rule.reply is not None and rule.message is not messages.WriteRecords)


def test_everything_that_can_be_said_stands_on_the_page(maker: Any) -> None:
    page = maker.page()
    paragraphs = re.findall(r"(?m)^### (\w+)$", page)
    assert len(paragraphs) == len(set(paragraphs))
    structs = {kind.__name__ for kind in maker.classes(maker.Struct)} - {"Message", "Rule"}
    assert structs <= set(paragraphs)
    assert set(WIRE_TYPES) <= set(paragraphs)
    for member in (*ErrorCode, *TaskEvent, *messages.Outcome):
        assert re.search(rf"(?m)^\| `?{member.value}`? \|", page), member


def test_every_link_of_the_page_leads_somewhere(maker: Any) -> None:
    page = maker.page()
    places = {title.lower().replace(" ", "-") for title in re.findall(r"(?m)^#+ (.+)$", page)}
    links = set(re.findall(r"\]\(#([\w-]+)\)", page))
    assert len(links) > 40
    assert links <= places


def test_every_table_of_the_page_is_whole(maker: Any) -> None:
    for block in re.findall(r"(?m)(?:^\|.*\n)+", maker.page()):
        rows = [len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()]
        assert len(set(rows)) == 1, block[:200]


def test_every_message_has_a_docstring_of_its_own(maker: Any) -> None:
    for kind in maker.classes(maker.Struct):
        assert kind.__doc__, kind
        assert kind.__doc__ != kind.__base__.__doc__, kind
