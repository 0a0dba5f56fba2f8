-- Statements about jobs and their items. Lists come as one JSON array.

-- name: add_job
INSERT INTO job (seq, id, task, title, status, started, updated, user, is_open, graph, doc)
VALUES (:seq, :id, :task, :title, :status, :started, :updated, :user, :is_open, :graph, :doc);

-- name: jobs_by_id
SELECT j.*, (SELECT json_group_object(w.id, w.owner) FROM work_item w
             WHERE w.job = j.seq AND w.status = 'running' AND w.owner IS NOT NULL) AS owners
FROM job j WHERE j.id IN (SELECT value FROM json_each(:keys));

-- name: job_id_of_task
SELECT id FROM job WHERE task = :task;

-- name: below
-- How many tasks there are below that of a job.
WITH RECURSIVE tree (seq, identifier) AS (
    SELECT t.seq, t.identifier FROM task t JOIN job j ON j.seq = t.seq WHERE j.id = :id
    UNION
    SELECT t.seq, t.identifier FROM task t JOIN tree ON t.parent = tree.identifier
)
SELECT max(count(*) - 1, 0) FROM tree;

-- name: open_jobs
-- How many jobs of a user are not over, as far as they are to be counted.
SELECT count(*) FROM (SELECT 1 FROM job WHERE user = :user
                      AND status IN ('running', 'paused', 'error') LIMIT :limit);

-- name: items_by_id
SELECT w.*, j.task, j.status AS job_status FROM work_item w JOIN job j ON j.seq = w.job
WHERE w.id IN (SELECT value FROM json_each(:keys));

-- name: move_job
-- Compare-and-set: only the walk that the move was computed from is replaced.
UPDATE job SET doc = :doc, updated = :now, is_open = :is_open, version = version + 1
WHERE id = :id AND version = :version;

-- name: limit_tasks
-- The job's task and what its steps have started; jobs below it have groups of their own.
UPDATE task SET audience = :audience
WHERE seq = :job OR (parent = (SELECT identifier FROM task WHERE seq = :job)
                     AND NOT EXISTS (SELECT 1 FROM job j WHERE j.seq = task.seq))
RETURNING (SELECT oid FROM object o WHERE o.seq = task.seq);

-- name: add_items
INSERT INTO work_item (id, job, job_id, step, title, kind, status, started, updated, owner, claimed,
                       ended, finish, user, is_open, doc)
SELECT value ->> 0, :job, :id, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5,
       value ->> 6, value ->> 7, value ->> 8, value ->> 9, value ->> 10, value ->> 11, value ->> 12,
       value ->> 13
FROM json_each(:rows);

-- name: end_items
UPDATE work_item SET status = value ->> 1, ended = value ->> 2, updated = value ->> 2,
       finish = value ->> 3, user = coalesce(value ->> 4, user),
       doc = json_patch(doc, value -> 5)
FROM json_each(:rows) WHERE work_item.id = value ->> 0;

-- name: forget_awaited
DELETE FROM awaited WHERE job = :job;

-- name: add_awaited
INSERT INTO awaited (task, job) SELECT value, :job FROM json_each(:tasks);

-- name: claim_item
-- Compare-and-set: only if nobody was quicker.
UPDATE work_item SET owner = :owner, claimed = :claimed, updated = :now
WHERE id = :id AND owner IS :before;

-- name: answered
-- Tasks of jobs that do not run although something that they wait for is over.
SELECT o.oid FROM awaited a JOIN task t ON t.seq = a.job JOIN object o ON o.seq = a.job
WHERE (:closed IS NULL OR a.task = :closed) AND (:waiting IS NULL OR o.oid = :waiting)
  AND (t.scheduling_state = 'waiting' OR (t.scheduling_state = 'ready'
                                          AND t.execution_state IS NOT 'running'))
  AND NOT EXISTS (SELECT 1 FROM object x JOIN task c ON c.seq = x.seq WHERE x.oid = a.task
                  AND c.scheduling_state IS NOT 'closed'
                  AND NOT (c.scheduling_state IS 'suspended' AND c.result_status IS 'fatal_error'
                           AND NOT EXISTS (SELECT 1 FROM job b WHERE b.seq = c.seq)))
GROUP BY o.oid;

-- name: job_counts
SELECT status, count(*) FROM job GROUP BY status;

-- name: job_metrics
-- By workflow: ended jobs of each outcome, and how long they took (ms).
SELECT title, count(*), sum(status = 'complete'), sum(status = 'error'), sum(status = 'canceled'),
       sum(CASE WHEN status = 'complete'
           THEN (julianday(ended) - julianday(started)) * 86400000 ELSE 0 END), min(started)
FROM job
WHERE :groups IS NULL OR is_open OR EXISTS (
    SELECT 1 FROM json_each(doc, '$.groups') a JOIN json_each(:groups) g ON g.value = a.value)
GROUP BY title ORDER BY title;

-- name: item_metrics
SELECT w.title, j.title, w.step, w.kind, coalesce(w.doc ->> '$.app', ''), count(*),
       sum(w.status = 'complete'), sum(w.status = 'error'),
       sum(CASE WHEN w.ended IS NOT NULL
           THEN (julianday(w.ended) - julianday(w.started)) * 86400000 ELSE 0 END), min(w.started)
FROM work_item w JOIN job j ON j.seq = w.job
WHERE :groups IS NULL OR w.is_open OR EXISTS (
    SELECT 1 FROM json_each(w.doc, '$.groups') a JOIN json_each(:groups) g ON g.value = a.value)
GROUP BY j.title, w.step, w.title, w.kind ORDER BY j.title, w.step;
