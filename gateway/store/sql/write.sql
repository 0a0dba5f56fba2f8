-- Statements that write. Each runs inside a unit of the one writing connection.

-- name: add_object
INSERT INTO object (oid, type, name, name_norm, version, next_id, doc)
VALUES (:oid, :type, :name, :name_norm, 0, :next_id, :doc);

-- name: replace_object
UPDATE object SET name = :name, name_norm = :name_norm, version = version + 1,
       next_id = :next_id, doc = :doc
WHERE seq = :seq AND version = :version;

-- name: delete_object
DELETE FROM object WHERE oid = :oid;

-- name: forget_references
DELETE FROM reference WHERE owner = :seq;

-- name: add_references
INSERT INTO reference (owner, path, ordinal, target, target_type, relation)
VALUES (?, ?, ?, ?, ?, ?);

-- name: forget_assignments
DELETE FROM assignment WHERE owner = :seq;

-- name: add_assignments
INSERT INTO assignment (owner, path, ordinal, id, target, target_type, relation)
VALUES (?, ?, ?, ?, ?, ?, ?);

-- name: add_outcome
INSERT INTO outcome (owner, kind, at, status, message, operation, initiator, task, run, activity,
                     channel)
VALUES (:owner, :kind, :at, :status, :message, :operation, :initiator, :task, :run, :activity,
        :channel);

-- name: prune_simple_outcomes
-- Five simple records are kept per object.
DELETE FROM outcome WHERE id IN (
    SELECT id FROM outcome WHERE owner = :owner AND kind = 'simple' ORDER BY id DESC LIMIT -1 OFFSET 5
);

-- name: add_run
INSERT INTO run (identifier, task, started, ended, status, lease, sessions)
VALUES (:identifier, :task, :started, :ended, :status, :lease, :sessions);

-- name: add_bucket
-- The only one of a run that is over at once.
INSERT INTO bucket (run, activity, number, state, position, expected, succeeded, failed, skipped,
                    provisional, modified, added, deleted, milliseconds, last_items, matched)
VALUES (:run, :activity, :number, :state, :end, :expected, :succeeded, :failed, :skipped,
        :provisional, :modified, :added, :deleted, :milliseconds, :last_items, :matched);

-- name: continue_run
UPDATE run SET lease = lease + 1, attempt = attempt + 1, status = 'in_progress', message = NULL,
       sessions = json_insert(sessions, '$[#]', json_array(:now, NULL))
WHERE id = :run;

-- name: void_lease
-- Whoever works on the run can commit no more.
UPDATE run SET lease = lease + 1,
       sessions = json_set(sessions, '$[#-1][1]', coalesce(json_extract(sessions, '$[#-1][1]'), :now))
WHERE id = :run AND ended IS NULL;

-- name: abandon_run
-- A run that its task has let go of ends where it stands.
UPDATE run SET ended = :now, lease = lease + 1,
       status = CASE status WHEN 'in_progress' THEN 'unknown' ELSE status END
WHERE id = :run AND ended IS NULL;

-- name: end_run
UPDATE run SET status = :status, message = :message, ended = :ended, lease = lease + 1,
       sessions = json_set(sessions, '$[#-1][1]', :now)
WHERE id = :run AND lease = :lease;

-- name: advance_bucket
-- Compare-and-set: the lease must be held and the bucket must stand where the work began.
INSERT INTO bucket (run, activity, number, state, position, expected, succeeded, failed, skipped,
                    provisional, modified, added, deleted, milliseconds, last_items, matched)
SELECT :run, :activity, :number, :state, :end, :expected, :succeeded, :failed, :skipped,
       :provisional, :modified, :added, :deleted, :milliseconds, :last_items, :matched
FROM run WHERE id = :run AND lease = :lease AND ended IS NULL
  AND (:start = 0 OR EXISTS (SELECT 1 FROM bucket b WHERE b.run = :run AND b.activity = :activity
                             AND b.number = :number))
ON CONFLICT (run, activity, number) DO UPDATE SET
       position = excluded.position, state = excluded.state,
       expected = coalesce(excluded.expected, expected),
       succeeded = succeeded + excluded.succeeded, failed = failed + excluded.failed,
       skipped = skipped + excluded.skipped, provisional = provisional + excluded.provisional,
       modified = modified + excluded.modified, added = added + excluded.added,
       deleted = deleted + excluded.deleted, milliseconds = milliseconds + excluded.milliseconds,
       last_items = json_patch(last_items, excluded.last_items), matched = excluded.matched
WHERE position = :start AND state = 'ready';

-- name: advance_run
UPDATE run SET progressed = :now WHERE id = :run;

-- name: advance_task
UPDATE task SET progress = coalesce(progress, 0) + :processed,
       expected_total = CASE WHEN :expected IS NULL THEN expected_total
                             ELSE coalesce(expected_total, 0) + :expected END
WHERE seq = :task;

-- name: forget_provisional
-- What failed when the run was stopped is tried again.
UPDATE bucket SET failed = failed - provisional, provisional = 0
WHERE run = :run AND provisional > 0;

-- name: add_retries
INSERT INTO retry (run, activity, seq, due, attempt)
SELECT :run, :activity, value ->> 0, value ->> 1, value ->> 2 FROM json_each(:rows) WHERE true
ON CONFLICT DO UPDATE SET due = excluded.due, attempt = excluded.attempt;

-- name: settle_retries
DELETE FROM retry WHERE run = :run AND activity = :activity
  AND seq IN (SELECT value FROM json_each(:seqs));

-- name: add_dependencies
INSERT INTO dependency (seq, identifier)
SELECT DISTINCT value ->> 0, value ->> 1 FROM json_each(:rows);

-- name: add_groups
INSERT OR REPLACE INTO task_group (seq, name, task_limit)
SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(:rows);

-- name: forget_dependencies
DELETE FROM dependency WHERE seq = :seq;

-- name: forget_groups
DELETE FROM task_group WHERE seq = :seq;

-- name: forget_many_references
DELETE FROM reference WHERE (owner, path, ordinal) IN (VALUES {rows});

-- name: forget_many_assignments
DELETE FROM assignment WHERE (owner, path, ordinal) IN (VALUES {rows});

-- name: add_item_outcomes
-- An object that is tried again in a run keeps one record of it: the last.
INSERT INTO outcome (owner, kind, at, status, message, initiator, task, run, activity, channel)
SELECT value ->> 0, 'complex', value ->> 1, value ->> 2, value ->> 3, :initiator, :task, :run,
       :activity, :channel
FROM json_each(:outcomes) WHERE EXISTS (SELECT 1 FROM object o WHERE o.seq = value ->> 0)
ON CONFLICT (owner, run, activity) WHERE kind = 'complex'
DO UPDATE SET at = excluded.at, status = excluded.status, message = excluded.message;

-- name: prune_item_outcomes
-- Ten complex records are kept per object, those of unfinished runs always.
DELETE FROM outcome WHERE id IN (
    SELECT id FROM (
        SELECT x.id, x.run, row_number() OVER (PARTITION BY x.owner ORDER BY x.id DESC) AS age
        FROM outcome x
        WHERE x.kind = 'complex' AND x.owner IN (SELECT value ->> 0 FROM json_each(:outcomes))
    ) WHERE age > 10 AND NOT EXISTS (SELECT 1 FROM run r WHERE r.id = run AND r.ended IS NULL)
);

-- name: prune_runs
-- The newest runs of a task are kept.
DELETE FROM run WHERE task = :task AND ended IS NOT NULL AND id NOT IN (
    SELECT id FROM run WHERE task = :task ORDER BY id DESC LIMIT :keep
);

-- name: set_account
INSERT INTO account (seq, password, groups)
SELECT seq, :password, :groups FROM object WHERE oid = :oid AND type = 'UserType'
ON CONFLICT (seq) DO UPDATE SET password = excluded.password, groups = excluded.groups;

-- name: set_password
-- Groups stay what they are.
INSERT INTO account (seq, password) VALUES (:seq, :password)
ON CONFLICT (seq) DO UPDATE SET password = excluded.password;

-- name: last_seq
SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'object'), 0);

-- name: add_many_objects
INSERT INTO object (seq, oid, type, name, name_norm, next_id, doc, version)
SELECT *, 0 FROM (VALUES {rows});

-- name: add_many_references
INSERT INTO reference (owner, path, ordinal, target, target_type, relation) VALUES {rows};

-- name: add_many_assignments
INSERT INTO assignment (owner, path, ordinal, id, target, target_type, relation) VALUES {rows};

-- name: add_many_outcomes
INSERT INTO outcome (owner, kind, at, status, message, operation, initiator, task, run, activity,
                     channel)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6,
       value ->> 7, value ->> 8, value ->> 9, value ->> 10
FROM json_each(:rows);

-- name: replace_many_contents
-- New documents under the old names; only of objects that are still what the change was made from.
UPDATE object SET next_id = new.column3, doc = new.column4, version = version + 1
FROM (VALUES {rows}) AS new WHERE object.seq = new.column1 AND object.version = new.column2;

-- name: prune_many_simple_outcomes
DELETE FROM outcome WHERE id IN (
    SELECT id FROM (
        SELECT id, row_number() OVER (PARTITION BY owner ORDER BY id DESC) AS age
        FROM outcome WHERE kind = 'simple' AND owner IN (SELECT value FROM json_each(:owners))
    ) WHERE age > 5
);
