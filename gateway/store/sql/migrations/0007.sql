-- Jobs: walks through workflows, and the items that people and the engine work on.

CREATE TABLE job (
    seq         INTEGER PRIMARY KEY REFERENCES task (seq) ON DELETE CASCADE,
    id          TEXT    NOT NULL UNIQUE,
    task        TEXT    NOT NULL UNIQUE,  -- oid of its task
    title       TEXT    NOT NULL,
    status      TEXT    NOT NULL,         -- follows from the task's state, see below
    started     TEXT    NOT NULL,
    updated     TEXT    NOT NULL,
    ended       TEXT,
    user        TEXT    NOT NULL,         -- who has started it
    is_open     INTEGER NOT NULL,         -- for everybody, whatever his groups
    version     INTEGER NOT NULL DEFAULT 0,
    graph       TEXT    NOT NULL,
    doc         TEXT    NOT NULL          -- where the walk stands, and what is said of the job
);
-- Lists and their totals come from these alone; a job's row is long.
CREATE INDEX job_title ON job (title, is_open, status, started);
CREATE INDEX job_status ON job (status, is_open, started);
CREATE INDEX job_started ON job (started, is_open);

-- One time that a step was started.
CREATE TABLE work_item (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT,
    id          TEXT    NOT NULL UNIQUE,
    job         INTEGER NOT NULL REFERENCES job (seq) ON DELETE CASCADE,
    job_id      TEXT    NOT NULL,
    step        TEXT    NOT NULL,
    title       TEXT    NOT NULL,
    kind        TEXT    NOT NULL,
    status      TEXT    NOT NULL,
    started     TEXT    NOT NULL,
    updated     TEXT    NOT NULL,
    owner       TEXT,                     -- who has claimed it
    claimed     TEXT,
    ended       TEXT,
    finish      TEXT,
    user        TEXT,                     -- who has finished it
    is_open     INTEGER NOT NULL,
    doc         TEXT    NOT NULL
);
CREATE INDEX work_item_job ON work_item (job, status);
CREATE INDEX work_item_waiting ON work_item (kind, status, is_open, title);
CREATE INDEX work_item_title ON work_item (title, is_open, status);
CREATE INDEX work_item_owner ON work_item (owner) WHERE owner IS NOT NULL;

-- Tasks that a job waits for.
CREATE TABLE awaited (
    task        TEXT    NOT NULL,
    job         INTEGER NOT NULL REFERENCES job (seq) ON DELETE CASCADE,
    PRIMARY KEY (task, job)
) WITHOUT ROWID;
CREATE INDEX awaited_job ON awaited (job);

-- Whoever moves the task moves the job; what was open in a job that is over is canceled.
CREATE TRIGGER job_moved AFTER UPDATE OF scheduling_state, result_status ON task
WHEN old.scheduling_state IS NOT new.scheduling_state OR old.result_status IS NOT new.result_status
BEGIN
    UPDATE job SET
        status = CASE new.scheduling_state
            WHEN 'closed' THEN CASE WHEN new.result_status IN ('success', 'warning')
                               THEN 'complete' ELSE 'canceled' END
            WHEN 'suspended' THEN CASE WHEN new.result_status = 'fatal_error'
                                  THEN 'error' ELSE 'paused' END
            ELSE 'running' END,
        ended = CASE new.scheduling_state WHEN 'closed' THEN new.completed END
    WHERE seq = new.seq;
    UPDATE work_item SET
        status = CASE new.scheduling_state
            WHEN 'closed' THEN 'canceled'
            WHEN 'suspended' THEN CASE WHEN new.result_status = 'fatal_error'
                                  THEN 'running' ELSE 'paused' END
            ELSE 'running' END,
        ended = CASE new.scheduling_state WHEN 'closed' THEN new.completed END
    WHERE job = new.seq AND status IN ('running', 'paused');
END;
