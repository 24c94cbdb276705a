"""Both languages are complete: no text is missing or stale, and what is compiled is what stands in the sources."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

GUI = Path(__file__).parents[2] / "gui"


@pytest.fixture(scope="module")
def make():
    spec = importlib.util.spec_from_file_location("make_catalogues", GUI / "i18n" / "make.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_text_of_the_window_is_in_both_languages_and_compiled(make):
    assert make.check() == []


def test_every_file_with_texts_belongs_to_a_group(make):
    grouped = {path for paths in make.sources().values() for path in paths}
    assert {path for path in GUI.rglob("*.py") if path.parent.name != "i18n"} == grouped


def test_a_compiled_catalogue_is_the_same_bytes_each_time(make, tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        copy = tmp_path / name / "core_zh.ts"
        copy.write_bytes((GUI / "i18n" / "core_zh.ts").read_bytes())
        make.compile_all([copy])
    first, second = ((tmp_path / name / "core_zh.qm").read_bytes() for name in ("one", "two"))
    assert first == second == (GUI / "i18n" / "core_zh.qm").read_bytes()


@pytest.mark.parametrize(
    ("message", "wrong"),
    [
        ("<source>Stop</source><translation>停止</translation>", []),
        ('<source>Stop</source><translation type="unfinished">停止</translation>', ["Stop"]),
        ("<source>Stop</source><translation></translation>", ["Stop"]),
        ("<source>Stop</source>", ["Stop"]),
    ],
)
def test_a_text_that_is_not_translated_is_noticed(make, tmp_path, message, wrong):
    file = tmp_path / "x.ts"
    file.write_text(f"<TS><context><name>A</name><message>{message}</message></context></TS>")
    assert make.unfinished(file) == wrong


@pytest.mark.parametrize(("forms", "wrong"), [(["%n step", "%n steps"], []), (["%n step", ""], ["%n step(s)"])])
def test_a_missing_plural_form_is_noticed(make, tmp_path, forms, wrong):
    told = "".join(f"<numerusform>{form}</numerusform>" for form in forms)
    message = f'<message numerus="yes"><source>%n step(s)</source><translation>{told}</translation></message>'
    (tmp_path / "x.ts").write_text(f"<TS><context><name>A</name>{message}</context></TS>")
    assert make.unfinished(tmp_path / "x.ts") == wrong
