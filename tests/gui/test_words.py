"""The words for what the store says: every state has one, in both languages, with plurals."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from fake_desk_run import task_row

from gui import words
from gui.languages import Languages
from shared.errors import ErrorCode
from shared.messages import ErrorInfo, Outcome, Verdict
from shared.task_state import TaskState


@pytest.fixture
def speak(qapp):
    languages = Languages(qapp)
    languages.speak("en")
    yield languages.speak
    languages.speak("en")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_state_outcome_and_verdict_has_a_word_of_its_own(speak, language):
    speak(language)
    states = [words.state_word(state) for state in TaskState]
    outcomes = [words.outcome_word(outcome) for outcome in (None, *Outcome)]
    verdicts = [words.verdict_word(verdict) for verdict in Verdict]
    for found in (states, outcomes, verdicts):
        assert all(found)
        assert len(set(found)) == len(found)
        assert all(text.isascii() for text in found) is (language == "en")


def test_plurals_are_right_in_both_languages(speak):
    assert [words.steps_word(count) for count in (0, 1, 2)] == ["0 steps", "1 step", "2 steps"]
    speak("zh")
    assert [words.steps_word(count) for count in (1, 2)] == ["1 步", "2 步"]


def test_durations(speak):
    found = [words.seconds(value) for value in (None, 0.84, 59.96, 61, 3725)]
    assert found == ["", "0.8 s", "60.0 s", "1 min 1 s", "1 h 2 min"]
    speak("zh")
    assert words.seconds(61) == "1 分 1 秒"


def test_how_long_ago():
    now = datetime(2026, 1, 2, 12, tzinfo=UTC)
    said = partial(words.ago, now=now)
    texts = [said((now - timedelta(seconds=passed)).isoformat()) for passed in (-5, 4, 61, 7300, 200_000)]
    assert texts == ["0 s ago", "4 s ago", "1 min ago", "2 h ago", "2 d ago"]
    assert said("no time") == said(None) == ""


def test_times_of_the_store_are_utc():
    assert words.parsed_time("2026-01-02 03:04:05") == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert words.parsed_time("2026-01-02T03:04:05.678Z").second == 5
    assert words.clock("nonsense") == ""


def test_a_hostile_text_is_cut_and_put_on_one_line():
    assert words.one_line("a\n\tb" * 500, 20) == "a ba ba ba ba ba ba…"


def test_an_ending_says_state_verdict_and_reason():
    task = task_row(final_status=TaskState.FAILED, error_message="no such app")
    assert words.how_it_ended(task) == "failed · no such app"


def test_refusals_say_what_can_be_done():
    away = ErrorInfo(code=ErrorCode.STORE_AWAY, message="internal words")
    assert "store does not answer" in words.refusal(away)
    other = ErrorInfo(code=ErrorCode.BAD_REQUEST, message="too long", detail="shorten it")
    assert words.refusal(other) == "too long (shorten it)"


@pytest.mark.parametrize("code", sorted(set(ErrorCode) - {"STORE_AWAY", "STORE_FULL", "NOT_RUNNING"}))
def test_a_refusal_is_told_in_the_windows_language_with_what_the_process_said(speak, code):
    refused = ErrorInfo(code=code, message="no steps", detail="look again")
    assert words.refusal(refused) == "no steps (look again)"
    speak("zh")
    told = words.refusal(refused)
    assert "no steps (look again)" in told
    assert "\u4e00" <= told[0] <= "\u9fff"
