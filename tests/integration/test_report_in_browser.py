"""A report in a real browser: it opens without a complaint, every step is reached by keys, nothing hostile runs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from browser import Browser
from export_lab import LONG, RICH, long_run, rich_run
from stepwell_harness import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.faults  # it waits for real time-outs: not in the default run

TREE = Path(__file__).parents[2]
STEPS = 500
FOCUSED = "((document.activeElement.closest('.step') || {}).id || '')"


def export(home: Path, session_id: str, target: Path) -> Path:
    command = [sys.executable, "-P", "-m", "persistence_daemon", "export", "--home", str(home), session_id, "--to"]
    done = subprocess.run(
        [*command, str(target)], cwd=TREE, env={"PYTHONPATH": str(TREE)}, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
    return target / "report.html"


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("long")
    long_run(folder / "home", STEPS)
    return export(folder / "home", LONG, folder / "out")


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    with Browser(tmp_path) as opened:
        opened.emulate()
        yield opened


def expected() -> list[str]:
    return [f"step-{number}" for number in range(1, STEPS + 1)]


def test_every_step_is_reached_by_j_and_back_by_k_and_by_the_arrow_keys(browser: Browser, report: Path) -> None:
    browser.open(report)
    seen = []
    for _ in range(STEPS):
        browser.press("j")
        seen.append(browser.evaluate(FOCUSED))
    assert seen == expected()
    browser.press("j")
    assert browser.evaluate(FOCUSED) == f"step-{STEPS}"
    browser.press("ArrowLeft")
    browser.press("k")
    browser.press("ArrowRight")
    assert browser.evaluate(FOCUSED) == f"step-{STEPS - 1}"
    wait_for("the address names the step", lambda: browser.evaluate("location.hash") == f"#step-{STEPS - 1}")
    assert browser.complaints == []


def test_every_step_is_reached_by_tab_alone(browser: Browser, report: Path) -> None:
    browser.open(report)
    browser.press("Tab")
    assert browser.evaluate("document.activeElement.className") == "skip"
    browser.press("Enter")
    seen: list[str] = []
    while len(seen) < STEPS:
        browser.press("Tab")
        at = browser.evaluate(FOCUSED)
        assert at, f"Tab left the steps after {len(seen)}"
        if at not in seen[-1:]:
            seen.append(at)
    assert seen == expected()
    assert browser.complaints == []


def test_a_link_to_a_step_leads_there(browser: Browser, report: Path) -> None:
    browser.open(report, "#step-321")
    top = "document.querySelector(':target').getBoundingClientRect().top"
    assert browser.evaluate("document.querySelector(':target').id") == "step-321"
    assert 0 <= browser.evaluate(top) < 700
    assert browser.evaluate(FOCUSED) == "step-321"
    browser.press("j")
    assert browser.evaluate(FOCUSED) == "step-322"


def test_hostile_texts_run_nothing_and_pictures_are_shown(browser: Browser, tmp_path: Path) -> None:
    rich_run(tmp_path / "home")
    browser.open(export(tmp_path / "home", RICH, tmp_path / "out"))
    assert browser.evaluate("document.scripts.length + document.querySelectorAll('[onerror]').length") == 1
    loaded = "Promise.all([...document.images].map(i => (i.loading = 'eager', i.decode()))).then(() => true)"
    assert browser.evaluate(loaded) is True
    assert browser.evaluate("document.images.length") > 10
    assert browser.complaints == []


def test_a_script_that_got_past_the_escaping_would_still_not_run(
    browser: Browser, report: Path, tmp_path: Path
) -> None:
    """The control of the policy: the same page with a script put in by hand complains and runs it not."""
    page = report.read_text(encoding="utf-8").replace("<main", "<script>window.ran = 1</script><main", 1)
    (tmp_path / "tampered.html").write_text(page, encoding="utf-8")
    browser.open(tmp_path / "tampered.html")
    assert browser.evaluate("window.ran === undefined") is True
    assert any("Content Security Policy" in complaint for complaint in browser.complaints)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_their_ground(browser: Browser, tmp_path: Path, scheme: str) -> None:
    """Contrast of every text that stands on a ground of its own: at least 4.5 to 1 (WCAG AA)."""
    rich_run(tmp_path / "home")
    browser.emulate(scheme=scheme)
    browser.open(export(tmp_path / "home", RICH, tmp_path / "out"))
    assert browser.evaluate(_FAINT) == []


_FAINT = """(() => {
  const channel = (c) => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const rgba = (text) => text.match(/[\\d.]+/g).map(Number);
  const ground = (node) => {
    for (; node; node = node.parentElement) {
      const colour = rgba(getComputedStyle(node).backgroundColor);
      if (colour.length < 4 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const faint = [];
  for (const node of document.querySelectorAll("body *")) {
    if (!(node instanceof HTMLElement) || node.tagName === "SCRIPT") continue;
    if (![...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim())) continue;
    const [one, two] = [light(rgba(getComputedStyle(node).color)), light(ground(node))].sort((a, b) => b - a);
    if ((one + 0.05) / (two + 0.05) < 4.5) faint.push(node.className + " " + node.textContent.slice(0, 40));
  }
  return faint;
})()"""
