-- Tasks that wait for each other, share groups, keep a memory, are tried again and are cleaned up.

ALTER TABLE task ADD COLUMN next_retry TEXT;  -- out of turn: for a place, or for failed items
ALTER TABLE task ADD COLUMN expires TEXT;     -- deleted then, if it is still closed
ALTER TABLE task ADD COLUMN memory TEXT;      -- what its activities keep from run to run
CREATE INDEX task_expires ON task (expires) WHERE expires IS NOT NULL;
CREATE INDEX task_waiting ON task (waiting_reason) WHERE waiting_reason IS NOT NULL;

ALTER TABLE run ADD COLUMN progressed TEXT;   -- when its last slice was committed

ALTER TABLE bucket RENAME COLUMN changed TO modified;
ALTER TABLE bucket ADD COLUMN added INTEGER NOT NULL DEFAULT 0;
ALTER TABLE bucket ADD COLUMN deleted INTEGER NOT NULL DEFAULT 0;
ALTER TABLE bucket ADD COLUMN provisional INTEGER NOT NULL DEFAULT 0; -- failed, to be tried again

-- Task `seq` must be closed before the one called `identifier` may go on.
CREATE TABLE dependency (
    seq         INTEGER NOT NULL REFERENCES task (seq) ON DELETE CASCADE,
    identifier  TEXT    NOT NULL,
    PRIMARY KEY (seq, identifier)
) WITHOUT ROWID;
CREATE INDEX dependency_identifier ON dependency (identifier);

-- Of all tasks of a group only so many run at a time.
CREATE TABLE task_group (
    seq         INTEGER NOT NULL REFERENCES task (seq) ON DELETE CASCADE,
    name        TEXT    NOT NULL,
    task_limit  INTEGER,
    PRIMARY KEY (seq, name)
) WITHOUT ROWID;
CREATE INDEX task_group_name ON task_group (name);

-- Failed items that are tried again when they are due.
CREATE TABLE retry (
    run         INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
    activity    TEXT    NOT NULL,
    seq         INTEGER NOT NULL,
    due         TEXT    NOT NULL,
    attempt     INTEGER NOT NULL,
    PRIMARY KEY (run, activity, seq)
) WITHOUT ROWID;
