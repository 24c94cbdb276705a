-- Schema 3: what tasks wait for a person for, and how it was settled; what a task must show at its end; continuations.

ALTER TABLE tasks ADD COLUMN checks TEXT NOT NULL DEFAULT '[]';  -- JSON: texts that the screen must show, as expect_text
ALTER TABLE tasks ADD COLUMN continues TEXT;  -- the ended task whose record this one goes on from

-- A task waits for one thing at a time: the open one stands in tasks.waiting_* too. `seq` is what an answer names.
CREATE TABLE waits (
    seq              INTEGER PRIMARY KEY,
    wait_id          TEXT    NOT NULL UNIQUE,
    session_id       TEXT    NOT NULL REFERENCES tasks (session_id),
    waiting_for      TEXT    NOT NULL CHECK (waiting_for IN ('paused', 'confirm', 'take_over', 'answer')),
    step_num         INTEGER,
    question         TEXT    NOT NULL,
    choices          TEXT    NOT NULL,  -- JSON
    action           TEXT    NOT NULL,
    action_digest    TEXT,
    at               TEXT    NOT NULL,
    waiting_deadline TEXT,
    digest           BLOB    NOT NULL,  -- of the NewWait: tells a repeat from a conflict
    settled_seq      INTEGER,
    decision         TEXT    CHECK (decision IN ('approved', 'denied', 'answered', 'resumed', 'expired', 'ended')),
    text             TEXT    NOT NULL DEFAULT '',
    settled_by       TEXT    NOT NULL DEFAULT '',
    settled_at       TEXT
) STRICT;
CREATE INDEX waits_by_task ON waits (session_id, seq);
CREATE INDEX waits_open ON waits (waiting_deadline) WHERE decision IS NULL;
