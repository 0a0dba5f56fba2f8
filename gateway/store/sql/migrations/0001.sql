-- Objects, what hangs on them, and what tasks leave behind. Instants are ISO 8601 text in UTC.

CREATE TABLE object (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT,
    oid         TEXT    NOT NULL UNIQUE,
    type        TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    name_norm   TEXT    NOT NULL,
    version     INTEGER NOT NULL,
    next_id     INTEGER NOT NULL,   -- the next container id, never reused
    doc         TEXT    NOT NULL    -- what the client defined and the server derived from it
);
CREATE INDEX object_name ON object (type, name, seq);
CREATE INDEX object_name_norm ON object (type, name_norm, seq);
CREATE UNIQUE INDEX object_unique_name ON object (type, name) WHERE type <> 'TaskType';
CREATE UNIQUE INDEX object_unique_norm ON object (type, name_norm)
    WHERE type <> 'TaskType' AND name_norm <> '';

-- Multi-valued references that stand directly in an object.
CREATE TABLE reference (
    owner       INTEGER NOT NULL REFERENCES object (seq) ON DELETE CASCADE,
    path        TEXT    NOT NULL,
    ordinal     INTEGER NOT NULL,   -- index in the document's list
    target      TEXT,
    target_type TEXT,
    relation    TEXT    NOT NULL,
    PRIMARY KEY (owner, path, ordinal)
) WITHOUT ROWID;
CREATE INDEX reference_target ON reference (target, path, relation, owner);

-- The target of each assignment and inducement; the rest of it stays in the document.
CREATE TABLE assignment (
    owner       INTEGER NOT NULL REFERENCES object (seq) ON DELETE CASCADE,
    path        TEXT    NOT NULL,
    ordinal     INTEGER NOT NULL,
    id          INTEGER NOT NULL,
    target      TEXT,
    target_type TEXT,
    relation    TEXT,
    PRIMARY KEY (owner, path, ordinal)
) WITHOUT ROWID;
CREATE INDEX assignment_target ON assignment (target, path, relation, owner);

-- Run-time state of a task, laid over its document when it is read.
CREATE TABLE task (
    seq                             INTEGER PRIMARY KEY REFERENCES object (seq) ON DELETE CASCADE,
    identifier                      TEXT NOT NULL UNIQUE,
    parent                          TEXT,
    execution_state                 TEXT,
    scheduling_state                TEXT,
    waiting_reason                  TEXT,
    state_before_suspend            TEXT,
    scheduling_state_before_suspend TEXT,
    recurrence                      TEXT,
    node                            TEXT,
    result_status                   TEXT,
    result                          TEXT,
    progress                        INTEGER,
    expected_total                  INTEGER,
    last_run_start                  TEXT,
    last_run_finish                 TEXT,
    completed                       TEXT,
    next_start                      TEXT,    -- when the engine should start it; null: not by itself
    run                             INTEGER, -- the run that is under way or interrupted
    touched                         INTEGER NOT NULL DEFAULT 0 -- counts every change of this row
);
CREATE INDEX task_due ON task (next_start) WHERE next_start IS NOT NULL;
CREATE INDEX task_execution_state ON task (execution_state);
CREATE INDEX task_scheduling_state ON task (scheduling_state);
CREATE INDEX task_parent ON task (parent) WHERE parent IS NOT NULL;

-- One execution of a task's activity, from its start to completion, through suspends and crashes.
CREATE TABLE run (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    identifier  TEXT    NOT NULL UNIQUE,
    task        INTEGER NOT NULL REFERENCES task (seq) ON DELETE CASCADE,
    started     TEXT    NOT NULL,
    ended       TEXT,
    status      TEXT    NOT NULL,
    message     TEXT,
    lease       INTEGER NOT NULL DEFAULT 0,  -- fencing token: only its holder may commit
    attempt     INTEGER NOT NULL DEFAULT 1,
    sessions    TEXT    NOT NULL DEFAULT '[]' -- [start, end] of each stretch of work
);
CREATE INDEX run_task ON run (task, id);

-- The unit of dispatch, checkpoint and retry.
CREATE TABLE bucket (
    run         INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
    activity    TEXT    NOT NULL,
    number      INTEGER NOT NULL,
    state       TEXT    NOT NULL,
    position    INTEGER NOT NULL DEFAULT 0,  -- items up to here are done
    expected    INTEGER,
    succeeded   INTEGER NOT NULL DEFAULT 0,
    failed      INTEGER NOT NULL DEFAULT 0,
    skipped     INTEGER NOT NULL DEFAULT 0,
    changed     INTEGER NOT NULL DEFAULT 0,  -- objects that the items really modified
    milliseconds REAL   NOT NULL DEFAULT 0,
    last_items  TEXT    NOT NULL DEFAULT '{}', -- by outcome: the last item and its message
    PRIMARY KEY (run, activity, number)
) WITHOUT ROWID;

-- What was done to an object: `complex` once per task run that handled it, `simple` per change.
CREATE TABLE outcome (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    owner       INTEGER NOT NULL REFERENCES object (seq) ON DELETE CASCADE,
    kind        TEXT    NOT NULL,
    at          TEXT    NOT NULL,
    status      TEXT    NOT NULL,
    message     TEXT,
    operation   TEXT,
    initiator   TEXT,
    task        TEXT,
    run         INTEGER,
    activity    TEXT,
    channel     TEXT
);
CREATE UNIQUE INDEX outcome_once ON outcome (owner, run, activity) WHERE kind = 'complex';
CREATE INDEX outcome_owner ON outcome (owner, kind, id);
CREATE INDEX outcome_task ON outcome (task, status, owner) WHERE task IS NOT NULL;

-- Who may log in; the rights come from the object's assignments to the built-in roles.
CREATE TABLE account (
    seq         INTEGER PRIMARY KEY REFERENCES object (seq) ON DELETE CASCADE,
    password    TEXT    NOT NULL,
    groups      TEXT    NOT NULL DEFAULT '[]'
);

CREATE TABLE setting (
    name        TEXT PRIMARY KEY,
    value       TEXT NOT NULL
) WITHOUT ROWID;
