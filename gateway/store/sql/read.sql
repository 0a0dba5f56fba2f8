-- Statements that read. Lists of keys come as one JSON array.

-- name: objects_by_oid
SELECT o.seq, o.oid, o.type, o.version, o.next_id, o.doc
FROM object o WHERE o.oid IN (SELECT value FROM json_each(:keys));

-- name: object
SELECT o.seq, o.oid, o.type, o.version, o.next_id, o.doc FROM object o WHERE o.oid = :oid;

-- name: task
SELECT * FROM task WHERE seq = :seq;

-- name: objects_by_seq
SELECT o.seq, o.oid, o.type, o.version, o.next_id, o.doc
FROM object o WHERE o.seq IN (SELECT value FROM json_each(:keys)) ORDER BY o.seq;

-- name: named
SELECT 1 FROM object WHERE type = :type AND name = :name AND oid <> :oid;

-- name: tasks
SELECT * FROM task WHERE seq IN (SELECT value FROM json_each(:keys));

-- name: outcomes
SELECT x.owner, x.kind, x.at, x.status, x.message, x.operation, x.initiator, x.task,
       r.identifier, x.activity, x.channel
FROM outcome x LEFT JOIN run r ON r.id = x.run
WHERE x.owner IN (SELECT value FROM json_each(:keys)) ORDER BY x.owner, x.id;

-- name: runs
-- The newest three runs of each task.
SELECT * FROM (
    SELECT r.*, row_number() OVER (PARTITION BY r.task ORDER BY r.id DESC) AS age
    FROM run r WHERE r.task IN (SELECT value FROM json_each(:keys))
) WHERE age <= 3 ORDER BY task, id DESC;

-- name: run
SELECT * FROM run WHERE id = :run;

-- name: buckets
SELECT * FROM bucket WHERE run IN (SELECT value FROM json_each(:keys)) ORDER BY run, activity, number;

-- name: due
SELECT o.oid FROM task t JOIN object o ON o.seq = t.seq
WHERE t.next_start <= :now AND t.scheduling_state = 'ready' AND t.execution_state IS NOT 'running'
ORDER BY t.next_start LIMIT :limit;

-- name: scheduled
SELECT o.oid FROM task t JOIN object o ON o.seq = t.seq
WHERE t.next_start > :now AND t.scheduling_state = 'ready' AND t.execution_state IS NOT 'running'
  AND json_extract(o.doc, '$.schedule') IS NOT NULL;

-- name: next_due
SELECT min(next) FROM (
    SELECT min(next_start) AS next FROM task
    WHERE next_start IS NOT NULL AND scheduling_state = 'ready' AND execution_state IS NOT 'running'
    UNION ALL
    SELECT min(expires) FROM task WHERE expires IS NOT NULL AND scheduling_state = 'closed'
);

-- name: expired
SELECT o.oid FROM task t JOIN object o ON o.seq = t.seq
WHERE t.expires <= :now AND t.scheduling_state = 'closed' ORDER BY t.expires LIMIT 1000;

-- name: released
-- Tasks that wait for others, all of which are closed: their subtasks and those they depend on.
SELECT o.oid FROM task t JOIN object o ON o.seq = t.seq
WHERE t.waiting_reason = 'otherTasks' AND t.scheduling_state = 'waiting'
  AND (:closed IS NULL OR t.identifier IN (
        SELECT c.parent FROM task c JOIN object x ON x.seq = c.seq WHERE x.oid = :closed
        UNION ALL
        SELECT d.identifier FROM dependency d JOIN object x ON x.seq = d.seq WHERE x.oid = :closed))
  AND NOT EXISTS (SELECT 1 FROM task c WHERE c.parent = t.identifier
                  AND c.scheduling_state IS NOT 'closed')
  AND NOT EXISTS (SELECT 1 FROM dependency d JOIN task p ON p.seq = d.seq
                  WHERE d.identifier = t.identifier AND p.scheduling_state IS NOT 'closed');

-- name: tied
-- Tasks above this one, tasks that wait for it, and so on from there.
WITH RECURSIVE tied (seq) AS (
    SELECT t.seq FROM task t JOIN object o ON o.seq = t.seq WHERE o.oid = :oid
    UNION
    SELECT p.seq FROM tied x JOIN task c ON c.seq = x.seq JOIN task p ON p.identifier = c.parent
    UNION
    SELECT w.seq FROM tied x JOIN dependency d ON d.seq = x.seq
    JOIN task w ON w.identifier = d.identifier
)
SELECT o.oid FROM tied x JOIN object o ON o.seq = x.seq WHERE o.oid <> :oid;

-- name: crowded
-- Whether one of the task's groups has as many running tasks as the least limit allows.
SELECT EXISTS (
    SELECT 1 FROM task_group g WHERE g.seq = :seq
    AND (SELECT count(*) FROM task_group o JOIN task t ON t.seq = o.seq
         WHERE o.name = g.name AND t.execution_state = 'running')
     >= (SELECT min(m.task_limit) FROM task_group m JOIN task t ON t.seq = m.seq
         WHERE m.name = g.name AND (m.seq = :seq OR t.execution_state = 'running'))
);

-- name: retries
SELECT seq, due, attempt FROM retry WHERE run = :run AND activity = :activity ORDER BY seq;

-- name: interrupted
SELECT o.oid FROM task t JOIN object o ON o.seq = t.seq WHERE t.execution_state = 'running';

-- name: subtasks
-- The task and everything below it, level by level.
WITH RECURSIVE tree (seq, identifier) AS (
    SELECT seq, identifier FROM task WHERE seq = :seq
    UNION
    SELECT t.seq, t.identifier FROM task t JOIN tree ON t.parent = tree.identifier
)
SELECT o.oid FROM tree CROSS JOIN object o ON o.seq = tree.seq LIMIT :limit;

-- name: accounts
-- With what tells when it is in force: of its assignments those to built-in roles.
SELECT o.oid, o.name, a.password, a.groups,
       json_patch('{}', json_object(
           'lifecycleState', o.doc ->> '$.lifecycleState',
           'activation', json(coalesce(o.doc -> '$.activation', '{}')),
           'assignment', (SELECT json_group_array(json(v.value))
                          FROM json_each(o.doc, '$.assignment') v
                          WHERE v.value ->> '$.targetRef.oid' IN (SELECT value FROM json_each(:roles))
                            AND v.value ->> '$.targetRef.relation' = 'default')))
FROM account a JOIN object o ON o.seq = a.seq
WHERE o.type = 'UserType' AND (:key IS NULL OR o.name = :key OR o.oid = :key) ORDER BY o.name;

-- name: with_pieces
-- Objects whose names have the pieces.
SELECT rowid FROM name_part WHERE name_part MATCH :pieces LIMIT :limit;
