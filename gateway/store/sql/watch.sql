-- What operators look at over all tasks. The conditions on `status` are those of the indexes.

-- name: task_counts
SELECT execution_state, result_status, count(*) FROM task GROUP BY execution_state, result_status;

-- name: item_failures
SELECT x.at, x.status, x.message, x.task, t.name AS task_name, r.identifier AS run, x.activity,
       o.oid, o.type, o.name
FROM outcome x
JOIN object o ON o.seq = x.owner
LEFT JOIN object t ON t.oid = x.task
LEFT JOIN run r ON r.id = x.run
WHERE x.status IN ('fatal_error', 'partial_error') AND x.at >= :since
  AND (:groups IS NULL OR NOT EXISTS (
        SELECT 1 FROM task k WHERE k.seq = t.seq AND k.audience IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM json_each(k.audience) a JOIN json_each(:groups) g ON g.value = a.value)))
ORDER BY x.at DESC, x.id DESC LIMIT :limit;

-- name: item_failures_of_task
SELECT x.at, x.status, x.message, x.task, t.name AS task_name, r.identifier AS run, x.activity,
       o.oid, o.type, o.name
FROM outcome x
JOIN object o ON o.seq = x.owner
LEFT JOIN object t ON t.oid = x.task
LEFT JOIN run r ON r.id = x.run
WHERE x.status IN ('fatal_error', 'partial_error') AND x.task = :task AND x.at >= :since
  AND (:groups IS NULL OR NOT EXISTS (
        SELECT 1 FROM task k WHERE k.seq = t.seq AND k.audience IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM json_each(k.audience) a JOIN json_each(:groups) g ON g.value = a.value)))
ORDER BY x.at DESC, x.id DESC LIMIT :limit;

-- name: run_failures
-- A run that cannot go on has no end; its last stretch of work has one.
SELECT coalesce(r.ended, r.sessions ->> '$[#-1][1]', r.started) AS at, r.status, r.message,
       t.oid AS task, t.name AS task_name, r.identifier AS run
FROM run r JOIN object t ON t.seq = r.task
WHERE r.status IN ('fatal_error', 'partial_error')
  AND coalesce(r.ended, r.sessions ->> '$[#-1][1]', r.started) >= :since
  AND (:task IS NULL OR t.oid = :task)
  AND (:groups IS NULL OR NOT EXISTS (
        SELECT 1 FROM task k WHERE k.seq = t.seq AND k.audience IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM json_each(k.audience) a JOIN json_each(:groups) g ON g.value = a.value)))
ORDER BY 1 DESC, r.id DESC LIMIT :limit;
