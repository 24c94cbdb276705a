"""The flows in examples/ do on the demo phone what they say, by texts, variables and repeats."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fault_checks import check_everything, outcomes
from stepwell_harness import REPOSITORY, Stepwell

if TYPE_CHECKING:
    from collections.abc import Iterator

FLOWS = REPOSITORY / "examples" / "flows"
ENDINGS = ("SUCCESS", "FAILED", "CRASHED", "STOPPED")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stepwell]:
    stepwell = Stepwell(tmp_path_factory.mktemp("flows") / "home")
    stepwell.up("--fast", "--seed", "1", "--language", "en")
    yield stepwell
    stepwell.end()


def test_every_example_flow_reaches_its_end_state(demo: Stepwell) -> None:
    dark = demo.submit("dark mode", "--script", str(FLOWS / "dark-mode.yaml"), "--expect-text", "Dark mode")
    given = ("--var", "name=李四", "--var", "number=139 1234")
    contact = demo.submit("a contact", "--script", str(FLOWS / "new-contact.yaml"), *given)
    for task in (dark, contact):
        shown = demo.wait_state(task, *ENDINGS)
        assert shown["task"]["state"] == "SUCCESS", shown["task"]["error_message"]
        assert set(outcomes(shown)) == {"done"}
    state = demo.phone_state()
    assert state["dark_mode"] is True
    assert ("李四", "139 1234") in [(person["name"], person["phone"]) for person in state["contacts"]]
    assert "name: 李四" in demo.task(contact).script.replace('"', "")
    check_everything(demo, None, [dark, contact])


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ((), "line 3 of the script: the variable name has no value; give one: --var name="),
        (("--var", "nmae=x"), "--var nmae: the script declares no such variable; declared: name, number"),
        (("--var", "name"), "--var 'name' gives no value"),
    ],
)
def test_a_flow_that_lacks_a_value_is_refused_before_it_is_queued(
    demo: Stepwell, more: tuple[str, ...], said: str
) -> None:
    done = demo.run("run", "x", "--no-start", "--script", str(FLOWS / "new-contact.yaml"), *more)
    assert done.code == 2
    assert said in done.err
