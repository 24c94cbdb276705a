"""Settings that a person can change (`stepwell.toml`), and the one table of all times and limits with their reasons.

`load_settings` is strict: an unknown key or a wrong type is an error that names file, key and what was expected.
Order: file, then environment, then the flags of a command. Keys of models never stand here, only the name of the
environment variable or file that holds one. Must not start or connect anything.
"""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, get_args

import msgspec
from msgspec import Meta, Struct, field

from shared.errors import BadInputError, ErrorCode

if TYPE_CHECKING:
    from pathlib import Path

# --- times in seconds, by a monotonic clock ------------------------------------------------------------------------

HEARTBEAT_S: Final = 0.5  # often enough to notice a hang within two seconds, rare enough to cost nothing
HEARTBEATS_MISSED: Final = 3  # a worker that misses so many is hung (RELIABILITY: found in at most three)
HEARTBEAT_STALL_S: Final = 1.0  # a control loop that has not said `alive` for so long gets no heartbeat sent for it
DAEMON_HUNG_S: Final = 60.0  # a daemon without heartbeat and without disk use is ended; a slow disk is not a crash
READY_S: Final = 20.0  # a child not ready by then, and a daemon without disk use, is restarted (6 s were seen)
RESEND_S: Final = 0.5  # an unanswered request is sent again; longer than any commit on a healthy disk
STOP_ANSWER_S: Final = 2.0  # a worker that does not answer a stop by then is reported to the supervisor
STOP_LOOK_S: Final = 1.0  # a stop asks the store (an answer takes milliseconds) and the supervisor no longer than that
STOP_GRACE_S: Final = 10.0  # an agent that has not ended so long after a stop is ended by force
STEP_LIMIT_S: Final = 300.0  # one step, device commands included; the longest honest one is a 60 s wait
ANSWER_S: Final = 3600.0  # a person is waited for so long: somebody at lunch finds the question still open
OUTBOX_AFTER_S: Final = 2.0  # an unacknowledged record goes to the worker's outbox
REQUEST_S: Final = 5.0  # the deadline of a request that nobody gave another one
LOCK_POLL_S: Final = 1.0  # how often the daemon looks for workers that died
POSITION_S: Final = 1.0  # how often the daemon says its newest seq
CLAIM_POLL_S: Final = 1.0  # how often an idle worker asks for work, besides on events
READ_LIMIT_S: Final = 2.0  # a read transaction is ended after that, so that the WAL cannot grow behind it
BACKUP_LOOK_S: Final = 60.0  # how often the daemon looks whether a backup is due; also so long after its start
BACKUP_EVERY_S: Final = 3600.0  # the event log holds what comes between two; a copy costs a read of the whole store
BACKUPS_GIB: Final = 4.0  # of all the home's own backups; the newest two stay whatever they weigh
EVENT_LOG_SYNC_S: Final = 1.0  # fdatasync of the event log, off the commit path
STORE_RETRY_S: Final = (0.5, 1.5, 3.0)  # FULL and BUSY are tried again so long after another: three times in 5 s
STORE_FULL_STOP_S: Final = 600.0  # so long on a full disk, and the tasks that wait for it are ended with that reason
QUIT_S: Final = 5.0  # after Quit: a worker finishes its step and records it
QUIT_DAEMON_S: Final = 15.0  # the daemon goes last and has the longest time: a checkpoint on a slow disk
TERMINATE_S: Final = 2.0  # after SIGTERM, before SIGKILL
ORPHAN_STEP_S: Final = 0.8  # the supervisor died: the step in flight may take so long to finish
ORPHAN_S: Final = 1.9  # the supervisor died: everything has ended by then (ARCHITECTURE §7: 2 s)
RESTART_FIRST_S: Final = 0.5  # delay before the first restart; doubles
RESTART_MAX_S: Final = 30.0
WINDOW_RESTART_MAX_S: Final = 2.0  # for a window that was killed; a start costs a second of one core
HEALTHY_S: Final = 10.0  # so long alive: the delay begins anew
DEATHS_WINDOW_S: Final = 60.0  # five deaths within: failed, no more restarts
DEATHS_MAX: Final = 5
DEVICE_COMMAND_S: Final = 15.0  # one adb command; `input` on a slow phone was seen to take 5 s
SCREENSHOT_S: Final = 20.0
THUMBNAIL_WAIT_S: Final = 0.15  # a step waits so long for its thumbnail, which can be rebuilt; making one takes 0.1 s
DEVICE_WAIT_S: Final = 30.0  # an offline device is waited for; adb takes about 10 s to reconnect
WAIT_ACTION_MAX_S: Final = 60.0  # PHONE-AGENT: at most 60 s

# --- counts and sizes ----------------------------------------------------------------------------------------------

BATCH_MAX: Final = 512  # records of one commit; below that group commit loses throughput (MEASURED)
SEND_HIGH_WATER: Final = 1000  # messages queued to one peer; NOBLOCK sends fail beyond
RECEIVE_HIGH_WATER: Final = 1000
LOG_FILE_BYTES: Final = 5 << 20  # of one process's log file, before it is rotated
LOG_FILES: Final = 3
EVENT_LOG_FILE_BYTES: Final = 64 << 20
RECORDS_IN_FLIGHT: Final = 64  # unacknowledged records of one worker
MAX_KEY: Final = 8192  # bytes of a model's key; the longest known ones have some 2,000

Language = Literal["en", "zh"]
ConfirmPolicy = Literal["always", "sensitive", "never"]
LogLevel = Literal["debug", "info", "warning", "error"]
_NAME: Final = r"\A[A-Za-z0-9_-]{1,64}\Z"
_OPTIONAL_NAME: Final = r"\A[A-Za-z0-9_-]{0,64}\Z"
_URL: Final = r"\Ahttps?://\S+\Z"
_Name = Annotated[str, Meta(pattern=_NAME)]
MAX_SETTINGS: Final = 256 << 10  # characters of the file: a hundred profiles have 20 KiB, and a pipe carries them all
_NOT_STARTED: Final = "correct that line; nothing was started"

# How a person is told what msgspec found. The patterns stand in its sentences as Python writes them.
_CHOICES: Final = {"confirm": get_args(ConfirmPolicy), "language": get_args(Language), "log_level": get_args(LogLevel)}
_IN_OUR_WORDS: Final = {
    f"`str` matching regex {_URL!r}": "an http:// or https:// URL",
    f"`str` matching regex {_NAME!r}": "1 to 64 letters, digits, `_` or `-`",
    f"`str` matching regex {_OPTIONAL_NAME!r}": "at most 64 letters, digits, `_` or `-`",
    "Object contains unknown field": "there is an unknown key",
    "Object missing required field": "there must be a key",
    "`object`": "a table",
    "`array`": "an array",
    "Invalid enum value": "Invalid value",
    " - at `$.": " - at key `",
    " - at `": " - at key `",
}


class ModelProfile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An OpenAI-compatible endpoint and how to ask it. Screenshots are sent to `base_url`.

    `api_key_env` names an environment variable, `api_key_file` a file of mode 0600; both '' means that no key is sent.
    `prompt_price`, `completion_price`: of a million tokens, in the currency of `max_price`.
    """

    base_url: Annotated[str, Meta(pattern=_URL, max_length=2048)]
    model: Annotated[str, Meta(min_length=1, max_length=256)] = "autoglm-phone-9b"
    api_key_env: Annotated[str, Meta(max_length=128)] = ""
    api_key_file: Annotated[str, Meta(max_length=4096)] = ""
    language: Language = "en"
    max_tokens: Annotated[int, Meta(ge=1, le=1_000_000)] = 3000
    temperature: Annotated[float, Meta(ge=0.0, le=2.0)] = 0.0
    top_p: Annotated[float, Meta(ge=0.0, le=1.0)] = 0.85
    frequency_penalty: Annotated[float, Meta(ge=-2.0, le=2.0)] = 0.2
    timeout_s: Annotated[float, Meta(gt=0.0, le=3600.0)] = 120.0
    retries: Annotated[int, Meta(ge=0, le=10)] = 2
    prompt_price: Annotated[float, Meta(ge=0.0, le=1e6)] = 0.0
    completion_price: Annotated[float, Meta(ge=0.0, le=1e6)] = 0.0
    system_prompt_file: Annotated[str, Meta(max_length=4096)] = ""


class TaskDefaults(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a task gets when the person names nothing else. `max_tokens`, `max_price`: of all its model's replies."""

    agent: _Name = "phone"
    model: Annotated[str, Meta(pattern=_OPTIONAL_NAME)] = ""
    max_steps: Annotated[int, Meta(ge=1, le=100_000)] = 100
    time_limit_s: Annotated[float, Meta(gt=0.0, le=1e7)] | None = None
    max_tokens: Annotated[int, Meta(ge=1, le=1 << 53)] | None = None
    max_price: Annotated[float, Meta(gt=0.0, le=1e9)] | None = None
    user: Annotated[str, Meta(max_length=256)] = ""


class Limits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Times that a slow phone or a patient person may want longer, in seconds, and space that backups may take."""

    step_s: Annotated[float, Meta(gt=0.0, le=86400.0)] = STEP_LIMIT_S
    stop_grace_s: Annotated[float, Meta(gt=0.0, le=3600.0)] = STOP_GRACE_S
    device_command_s: Annotated[float, Meta(gt=0.0, le=600.0)] = DEVICE_COMMAND_S
    device_wait_s: Annotated[float, Meta(ge=0.0, le=3600.0)] = DEVICE_WAIT_S
    backups_gib: Annotated[float, Meta(ge=0.1, le=100_000.0)] = BACKUPS_GIB


class People(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When an agent asks a person, and how long it waits for the answer.

    `confirm`: before every action that changes the phone, before sensitive ones, or never.
    """

    confirm: ConfirmPolicy = "sensitive"
    answer_s: Annotated[float, Meta(gt=0.0, le=1e7)] = ANSWER_S


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole of `stepwell.toml`.

    `models` maps a profile's name to it; the profile called `default`, or the only one, is used when none is named.
    `resume_queue`: tasks that waited before this start go on without a person's release. `rerun_distance`: how much a
    screen may differ (0 to 1) from the record's before `stepwell rerun` stops.
    """

    language: Language = "en"
    log_level: LogLevel = "info"
    resume_queue: bool = False
    rerun_distance: Annotated[float, Meta(ge=0.0, le=1.0)] = 0.1
    adb_server_port: Annotated[int, Meta(ge=1, le=65535)] = 5037
    task: TaskDefaults = field(default_factory=TaskDefaults)
    limits: Limits = field(default_factory=Limits)
    people: People = field(default_factory=People)
    models: dict[_Name, ModelProfile] = field(default_factory=dict)

    def profile(self, name: str = "") -> tuple[str, ModelProfile]:
        """Return the profile called `name` ('': the default one) and its name; BadInputError UNKNOWN_MODEL."""
        wanted = name or self.task.model or ("default" if "default" in self.models else "")
        if not wanted and len(self.models) == 1:
            wanted = next(iter(self.models))
        found = self.models.get(wanted)
        if found is None:
            known = ", ".join(sorted(self.models)) or "none is set up"
            asked = f"no model profile is called {wanted!r}" if wanted else "no model profile was named"
            raise BadInputError(
                ErrorCode.UNKNOWN_MODEL,
                f"{asked}; known: {known}",
                remedy="add [models.NAME] with base_url and model to stepwell.toml",
            )
        return wanted, found


def load_settings(path: Path) -> Settings:
    """Read `path`; a missing file means the defaults. BadInputError BAD_SETTINGS names file, key and expectation."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Settings()
    except (OSError, UnicodeDecodeError) as error:
        raise _bad_settings(path, f"cannot be read: {error}", _NOT_STARTED) from None
    return parse_settings(text, path)


def parse_settings(text: str, path: Path, remedy: str = _NOT_STARTED) -> Settings:
    """Return what the text of the file `path` means; BadInputError BAD_SETTINGS as `load_settings`."""
    if len(text) > MAX_SETTINGS:
        raise _bad_settings(path, f"has {len(text):,} characters, more than {MAX_SETTINGS:,}", remedy)
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _bad_settings(path, f"is not TOML: {error}", remedy) from None
    except RecursionError:
        raise _bad_settings(path, "is not TOML that can be read: its values are nested too deeply", remedy) from None
    try:
        return msgspec.convert(raw, Settings)
    except msgspec.ValidationError as error:
        raise _bad_settings(path, _explained(raw, str(error)), remedy) from None


def _explained(raw: dict[str, Any], sentence: str) -> str:
    """Return msgspec's sentence in a person's words, with the name of the profile that it calls `[...]`."""
    models = raw.get("models")
    for name, profile in models.items() if isinstance(models, dict) else ():
        try:
            msgspec.convert({name: profile}, dict[_Name, ModelProfile])
        except msgspec.ValidationError as error:
            sentence = str(error).replace("`key` in `$`", f"`models.{name}`").replace("`$[...]", f"`models.{name}")
            break
    for theirs, ours in _IN_OUR_WORDS.items():
        sentence = sentence.replace(theirs, ours)
    choices = _CHOICES.get(sentence.rstrip("`").rpartition("`")[2].rpartition(".")[2], ())
    return f"{sentence}, which is one of: {', '.join(choices)}" if sentence.startswith("Invalid") else sentence


def _bad_settings(path: Path, what: str, remedy: str) -> BadInputError:
    return BadInputError(ErrorCode.BAD_SETTINGS, f"{path}: {what}", remedy=remedy)
