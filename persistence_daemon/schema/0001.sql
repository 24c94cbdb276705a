-- Schema 1. Never edited once released: what changes comes as 0002.sql. One transaction applies it (schema.py).
-- Names and meanings of the original design's columns are kept; what is new stands beside them. Paths are relative to
-- the home. `timestamp`, `updated_at`: UTC 'YYYY-MM-DD HH:MM:SS'; other times ISO 8601 with Z. Order is by seq.

-- One row: where the store stands. Every commit that changes anything raises `seq`.
CREATE TABLE meta (
    id         INTEGER PRIMARY KEY CHECK (id = 1),
    timeline   TEXT    NOT NULL,
    seq        INTEGER NOT NULL,
    start_id   TEXT    NOT NULL DEFAULT '',  -- the start of the supervisor that last held the queue
    demo       INTEGER NOT NULL DEFAULT 0,
    created_at TEXT    NOT NULL
) STRICT;

CREATE TABLE timelines (
    timeline TEXT    PRIMARY KEY,
    parent   TEXT,
    fork_seq INTEGER NOT NULL,
    seq      INTEGER NOT NULL,
    at       TEXT    NOT NULL
) STRICT;

CREATE TABLE tasks (
    created_seq      INTEGER PRIMARY KEY,  -- the task list's order
    session_id       TEXT    NOT NULL UNIQUE,
    user_id          TEXT    NOT NULL DEFAULT '',
    timestamp        TEXT    NOT NULL,
    task_description TEXT    NOT NULL,
    final_status     TEXT    NOT NULL CHECK (
        final_status IN ('CREATED', 'RUNNING', 'STOPPING', 'STOPPED', 'SUCCESS', 'FAILED', 'CRASHED')
    ),
    total_steps      INTEGER NOT NULL DEFAULT 0,
    total_time       REAL,
    error_message    TEXT,
    device_id        TEXT,
    base_url         TEXT    NOT NULL DEFAULT '',
    model_name       TEXT    NOT NULL DEFAULT '',
    updated_at       TEXT    NOT NULL,
    agent            TEXT    NOT NULL DEFAULT '',
    model            TEXT    NOT NULL DEFAULT '',
    max_steps        INTEGER NOT NULL DEFAULT 0,
    time_limit_s     REAL,
    expect_text      TEXT    NOT NULL DEFAULT '',
    script           TEXT    NOT NULL DEFAULT '',
    updated_seq      INTEGER NOT NULL,
    verdict          TEXT,
    claimed_by       TEXT,
    incarnation      TEXT,
    claim            INTEGER,
    held             TEXT    NOT NULL DEFAULT '',
    waiting_for      TEXT,
    waiting_seq      INTEGER,
    waiting_deadline TEXT,
    rerun_of         TEXT,
    closing_screenshot_path   TEXT,
    closing_screenshot_digest TEXT,
    closing_missing  TEXT    NOT NULL DEFAULT '',
    started_at       TEXT,
    ended_at         TEXT,
    open_step        INTEGER,
    unknown_step     INTEGER,
    submitted_by     TEXT    NOT NULL DEFAULT '',
    request_digest   BLOB,               -- of the NewTask: tells a repeat from a conflict
    source           TEXT    NOT NULL DEFAULT '',  -- of an imported task: the file it came from
    original         TEXT                -- of an imported task: what was repaired, as JSON
) STRICT;

-- The queue (CREATED, oldest first), the unfinished, and pages of one state.
CREATE INDEX tasks_by_state ON tasks (final_status, created_seq);

CREATE TABLE steps (
    id                  INTEGER PRIMARY KEY,
    session_id          TEXT    NOT NULL REFERENCES tasks (session_id),
    step_num            INTEGER NOT NULL CHECK (step_num >= 1),
    screenshot_path     TEXT,
    screenshot_analysis TEXT    NOT NULL DEFAULT '',
    action              TEXT    NOT NULL DEFAULT '',
    action_params       TEXT    NOT NULL DEFAULT '',
    execution_time      REAL,
    success             INTEGER,
    message             TEXT    NOT NULL DEFAULT '',
    thinking            TEXT    NOT NULL DEFAULT '',
    screenshot_digest   TEXT,
    screenshot_size     INTEGER,
    screenshot_width    INTEGER,
    screenshot_height   INTEGER,
    screenshot_missing  TEXT    NOT NULL DEFAULT '',
    reply               TEXT    NOT NULL DEFAULT '',
    outcome             TEXT    CHECK (outcome IN ('done', 'failed', 'not_executed', 'unknown')),
    outcome_by          TEXT    NOT NULL DEFAULT '',  -- 'daemon' when it closed the step; such an outcome may be replaced
    actor               TEXT    NOT NULL DEFAULT 'agent',
    current_app         TEXT    NOT NULL DEFAULT '',
    late                INTEGER NOT NULL DEFAULT 0,
    prompt_tokens       INTEGER,
    completion_tokens   INTEGER,
    time_to_first_token_s REAL,
    model_time_s        REAL,
    device_time_s       REAL,
    started_at          TEXT    NOT NULL DEFAULT '',
    begun_seq           INTEGER NOT NULL,
    finished_seq        INTEGER,
    intent_digest       BLOB,
    outcome_digest      BLOB,
    user_label          TEXT,
    user_correction     TEXT,
    original            TEXT,  -- of an imported step: what was repaired, as JSON
    UNIQUE (session_id, step_num)  -- also serves every read by session: a second index costs a quarter of the speed
) STRICT;

CREATE TABLE transitions (
    seq            INTEGER PRIMARY KEY,
    session_id     TEXT    NOT NULL REFERENCES tasks (session_id),
    from_state     TEXT,
    to_state       TEXT    NOT NULL,
    event          TEXT    NOT NULL,
    at             TEXT    NOT NULL,
    reason         TEXT    NOT NULL DEFAULT '',
    by             TEXT    NOT NULL DEFAULT '',
    request_digest BLOB,
    UNIQUE (session_id, to_state)  -- each state is entered at most once
) STRICT;

CREATE TABLE notes (
    seq        INTEGER PRIMARY KEY,
    note_id    TEXT    NOT NULL UNIQUE,
    session_id TEXT    NOT NULL REFERENCES tasks (session_id),
    step_num   INTEGER,
    text       TEXT    NOT NULL,
    actor      TEXT    NOT NULL,
    at         TEXT    NOT NULL,
    late       INTEGER NOT NULL DEFAULT 0,
    digest     BLOB    NOT NULL
) STRICT;
CREATE INDEX notes_by_task ON notes (session_id);

CREATE TABLE devices (
    device_id TEXT    PRIMARY KEY,
    alias     TEXT    UNIQUE,
    address   TEXT    NOT NULL DEFAULT '',
    model     TEXT    NOT NULL DEFAULT '',
    android   TEXT    NOT NULL DEFAULT '',
    width     INTEGER NOT NULL DEFAULT 0,
    height    INTEGER NOT NULL DEFAULT 0,
    held      TEXT    NOT NULL DEFAULT '',
    held_seq  INTEGER,
    last_seen TEXT    NOT NULL DEFAULT '',
    worker    TEXT    NOT NULL DEFAULT '',  -- who last opened it
    crashes   INTEGER NOT NULL DEFAULT 0    -- tasks that crashed on it in a row
) STRICT;

CREATE TABLE device_debts (
    debt_id     TEXT    PRIMARY KEY,
    device_id   TEXT    NOT NULL,
    session_id  TEXT,
    kind        TEXT    NOT NULL,
    detail      TEXT    NOT NULL DEFAULT '',
    tries       INTEGER NOT NULL DEFAULT 0,
    owed_seq    INTEGER NOT NULL,
    settled_seq INTEGER,
    settled_how TEXT    NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX debts_by_device ON device_debts (device_id);

-- Records that can never be applied, kept raw. `digest` (of kind, sender and raw) lets a repeat be answered the same.
CREATE TABLE set_aside (
    seq         INTEGER PRIMARY KEY,
    session_id  TEXT,
    kind        TEXT NOT NULL,
    code        TEXT NOT NULL,
    message     TEXT NOT NULL,
    raw         TEXT NOT NULL,
    sender      TEXT NOT NULL,
    incarnation TEXT NOT NULL,
    at          TEXT NOT NULL,
    digest      BLOB NOT NULL
) STRICT;
CREATE INDEX set_aside_by_task ON set_aside (session_id, seq);
CREATE INDEX set_aside_by_digest ON set_aside (digest);

-- The newest claim of each worker incarnation that got a task.
CREATE TABLE claims (
    incarnation TEXT    PRIMARY KEY,
    worker      TEXT    NOT NULL,
    claim       INTEGER NOT NULL,
    session_id  TEXT    NOT NULL,
    seq         INTEGER NOT NULL
) STRICT;

-- Rows of older programs' tables whose columns vary, kept whole.
CREATE TABLE legacy_rows (
    id      INTEGER PRIMARY KEY,
    source  TEXT    NOT NULL,
    "table" TEXT    NOT NULL,
    json    TEXT    NOT NULL
) STRICT;
