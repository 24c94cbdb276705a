"""What is in an export: everything of the run, nothing that runs by itself, no secret, both languages whole."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from export_lab import KEY, LONG, RICH, long_run, png, rich_run, start_run
from store_lab import StoreLab

from persistence_daemon.export.masking import Masker
from persistence_daemon.export.reading import StoreReader
from persistence_daemon.export.run import Exported, Source, export_run
from persistence_daemon.export.words import CHINESE, ENGLISH
from shared.messages import Outcome, Verdict
from shared.paths import Home
from shared.task_state import TaskState

if TYPE_CHECKING:
    from pathlib import Path

    from shared.settings import Language

SAME_IN_BOTH = {"Stepwell"}


class Page(HTMLParser):
    """A report as a browser would take it apart."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def exported(root: Path, session_id: str, target: Path, language: Language = "en") -> Exported:
    reader = StoreReader(Home(root))
    try:
        source = Source(reader, root, Masker([KEY]), language)
        return export_run(source, session_id, target, lambda _done, _total: None, overwrite=False)
    finally:
        reader.close()


@pytest.fixture(scope="module")
def rich(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("rich") / "home"
    rich_run(root)
    return root


@pytest.fixture(scope="module")
def out(rich: Path) -> Path:
    target = rich.parent / "out"
    exported(rich, RICH, target)
    return target


@pytest.fixture(scope="module")
def page(out: Path) -> Page:
    return Page((out / "report.html").read_text(encoding="utf-8"))


def lines(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / "steps.jsonl").read_text(encoding="utf-8").splitlines()]


def test_hostile_text_is_shown_as_text_and_adds_no_element(page: Page) -> None:
    assert len(page.of("script")) == 1
    assert all(str(image["src"]).startswith("screenshots/") for image in page.of("img"))
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on") or name == "style"]
    assert '</p><script>alert(1)</script><img src=x onerror="alert(2)">' in page.text
    assert "{{ 7*7 }}" in page.text
    assert "\u202e" not in page.text


def test_the_page_names_nothing_outside_its_folder(page: Page) -> None:
    places = [attributes.get(name) for _, attributes in page.tags for name in ("src", "href", "action", "data")]
    named = [place for place in places if place]
    assert named
    assert all(re.match(r"#[\w-]+\Z|screenshots/[\w.-]+\Z", place) for place in named)


def test_the_policy_allows_the_pages_own_script_and_style_and_pictures_only(page: Page) -> None:
    policy = str(next(meta["content"] for meta in page.of("meta") if "http-equiv" in meta))
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    assert "http" not in policy


def test_no_secret_is_in_any_file(out: Path) -> None:
    for path in out.rglob("*"):
        assert KEY not in path.name
        if path.suffix in (".html", ".json", ".jsonl"):
            text = path.read_text(encoding="utf-8")
            assert KEY not in text
            assert "***" in text
            assert "://u:" not in text


def test_all_steps_are_there_with_their_pictures_before_and_after(out: Path, page: Page) -> None:
    steps = lines(out)
    assert [step["step_num"] for step in steps] == list(range(1, 8))
    assert steps[0]["action"] == {"action": "Launch", "app": "Settings"}
    assert (out / steps[1]["screenshot_path"]).read_bytes() == png(2)
    assert [article["id"] for article in page.of("article")] == [f"step-{number}" for number in range(1, 8)]
    shown = [str(image["src"]) for image in page.of("img")]
    assert shown[:3] == [steps[0]["screenshot_path"], steps[1]["screenshot_path"], steps[1]["screenshot_path"]]
    assert all(image["loading"] == "lazy" for image in page.of("img"))
    task = json.loads((out / "task.json").read_text(encoding="utf-8"))
    assert shown[-1] == task["task"]["closing_screenshot_path"]
    assert {note["note_id"] for note in task["notes"]} == {"note-1", "note-2"}
    assert [row["to_state"] for row in task["transitions"]] == ["CREATED", "RUNNING", "FAILED"]


def test_a_picture_that_is_missing_is_named(out: Path, page: Page) -> None:
    task = json.loads((out / "task.json").read_text(encoding="utf-8"))
    (name,) = task["export"]["left_out"]
    assert name.startswith("4-")
    assert page.text.count(name) == 3  # before step 4, after step 3, and in the list
    assert lines(out)[3]["screenshot_path"] is None
    assert name in lines(out)[3]["screenshot_missing"]


def test_a_picture_that_is_not_the_recorded_one_is_left_out(rich: Path, tmp_path: Path) -> None:
    path = next((rich / "screenshots" / RICH).glob("2-*.png"))
    good = path.read_bytes()
    path.write_bytes(png(5))
    try:
        done = exported(rich, RICH, tmp_path / "out")
    finally:
        path.write_bytes(good)
    assert [name[:2] for name in done.left_out] == ["2-", "4-"]


def test_touches_are_marked_on_the_picture_before(page: Page) -> None:
    circles = [(circle["cx"], circle["cy"]) for circle in page.of("circle")]
    assert ("50.0%", "25.0%") in circles
    assert ("74.07%", "50.0%") in circles
    ends = [(line["x1"], line["y1"], line["x2"], line["y2"]) for line in page.of("line") if "marker-end" in line]
    assert ends == [("50.0%", "75.0%", "50.0%", "25.0%")]


def test_the_step_that_may_have_half_happened_is_marked(page: Page) -> None:
    assert page.text.count(ENGLISH.unknown_step) == 1
    assert ENGLISH.outcomes["unknown"] in page.text


def test_judgements_and_notes_stand_at_their_step_and_other_notes_beside_them(out: Path) -> None:
    parts = (out / "report.html").read_text(encoding="utf-8").split("<article")
    assert [number for number, part in enumerate(parts) if "at a step" in part] == [2]
    assert [number for number, part in enumerate(parts) if ENGLISH.labels["wrong"] in part] == [3]
    assert [number for number, part in enumerate(parts) if "scroll less" in part] == [3]
    assert "beside the steps" in parts[-1].partition("</article>")[2]


def texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [text for item in value.values() for text in texts(item)]


def test_both_languages_have_a_word_of_their_own_for_everything() -> None:
    english, chinese = (msgspec.to_builtins(words) for words in (ENGLISH, CHINESE))
    same = {one for one, other in zip(texts(english), texts(chinese), strict=True) if one == other}
    assert same <= SAME_IN_BOTH
    for words in (ENGLISH, CHINESE):
        assert set(words.states) == set(TaskState)
        assert set(words.outcomes) == {*Outcome, "open"}
        assert set(words.verdicts) == set(Verdict)
    assert set(ENGLISH.actions) == set(CHINESE.actions)


def test_a_chinese_report_has_no_english_word_of_ours(rich: Path, tmp_path: Path) -> None:
    exported(rich, RICH, tmp_path / "out", "zh")
    page = Page((tmp_path / "out" / "report.html").read_text(encoding="utf-8"))
    assert page.of("html")[0]["lang"] == "zh"
    for word in (ENGLISH.thinking, ENGLISH.transitions, ENGLISH.before, ENGLISH.after, ENGLISH.device, ENGLISH.queued):
        assert not re.search(rf"^{re.escape(word)}$", page.text, re.MULTILINE), word
    for word in (CHINESE.thinking, CHINESE.transitions, CHINESE.before, CHINESE.after, CHINESE.device):
        assert word in page.text


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_report_of_500_steps_is_smaller_than_a_megabyte(tmp_path: Path, language: Language) -> None:
    long_run(tmp_path / "home", 500)
    done = exported(tmp_path / "home", LONG, tmp_path / "out", language)
    assert done.steps == 500
    assert (tmp_path / "out" / "report.html").stat().st_size < 1_000_000


def test_texts_that_would_not_fit_one_answer_are_exported_whole(tmp_path: Path) -> None:
    lab = StoreLab(tmp_path / "home")
    start_run(lab, LONG, "much is said")
    big = "é" * (1 << 20)
    lab.accepted(lab.begin(1, LONG, screenshot_analysis=big, reply=big))
    lab.accepted(lab.finish(1, LONG, message=big))
    for number in range(3):
        lab.accepted(lab.note(f"note-{number}", big, LONG))
    lab.close()
    exported(tmp_path / "home", LONG, tmp_path / "out")
    (step,) = lines(tmp_path / "out")
    assert [step[name] for name in ("screenshot_analysis", "reply", "message")] == [big] * 3
    task = json.loads((tmp_path / "out" / "task.json").read_text(encoding="utf-8"))
    assert [note["text"] for note in task["notes"]] == [big] * 3
