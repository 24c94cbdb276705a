-- Schema 2: what people judge, what they delete, and what statistics and "go to time" are read from.

-- A person's judgement of a task, and its tokens over all steps, so that statistics need not read steps. The totals
-- stop at 2^53 (facts.py): so far the sum below, which counts in floating point, is exact.
ALTER TABLE tasks ADD COLUMN user_label TEXT;
ALTER TABLE tasks ADD COLUMN user_correction TEXT;
ALTER TABLE tasks ADD COLUMN prompt_tokens INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tasks ADD COLUMN completion_tokens INTEGER NOT NULL DEFAULT 0;
UPDATE tasks SET (prompt_tokens, completion_tokens) = (
    SELECT CAST(min(total(steps.prompt_tokens), 9007199254740992.0) AS INTEGER),
           CAST(min(total(steps.completion_tokens), 9007199254740992.0) AS INTEGER)
    FROM steps WHERE steps.session_id = tasks.session_id
);

-- Dates and days, and what ran at a moment. The rowid, created_seq, stands in every index behind its columns. Neither
-- is touched by a step: only queueing a task and its changes of state pay for them.
CREATE INDEX tasks_by_time ON tasks (timestamp);
CREATE INDEX tasks_by_start ON tasks (started_at) WHERE started_at IS NOT NULL;

-- The task that a device last ran or runs.
ALTER TABLE devices ADD COLUMN last_task TEXT;
UPDATE devices SET last_task = (
    SELECT tasks.session_id FROM tasks JOIN transitions USING (session_id)
    WHERE tasks.device_id = devices.device_id AND transitions.to_state = 'RUNNING'
    ORDER BY transitions.seq DESC LIMIT 1
);

-- How many tasks are in each state, for the status: counting a million takes 50 ms, and it is asked for every second.
CREATE TABLE task_counts (
    final_status TEXT    PRIMARY KEY,
    tasks        INTEGER NOT NULL
) STRICT;
INSERT INTO task_counts
SELECT state.column1, (SELECT count(*) FROM tasks WHERE final_status = state.column1)
FROM (VALUES ('CREATED'), ('RUNNING'), ('STOPPING'), ('STOPPED'), ('SUCCESS'), ('FAILED'), ('CRASHED')) AS state;

-- What was deleted: an id is never given to another task, and a repeated deletion is answered the same.
CREATE TABLE deletions (
    seq        INTEGER PRIMARY KEY,
    session_id TEXT    NOT NULL UNIQUE,
    at         TEXT    NOT NULL,
    by         TEXT    NOT NULL
) STRICT;

-- The pictures of every task that was deleted up to this seq are gone from the disk.
ALTER TABLE meta ADD COLUMN erased_seq INTEGER NOT NULL DEFAULT 0;
