-- What is sealed: kept settings, and the walks of jobs with secrets.

-- name: sealing
SELECT key, is_clean FROM sealing;

-- name: set_sealing
INSERT INTO sealing (one, key, is_clean) VALUES (1, :key, :is_clean)
ON CONFLICT (one) DO UPDATE SET key = excluded.key, is_clean = excluded.is_clean;

-- name: settings
SELECT name, value FROM setting;

-- name: set_setting
UPDATE setting SET value = :value WHERE name = :name;

-- name: secret_jobs
SELECT seq, id, doc FROM job WHERE json_array_length(graph, '$.secrets') > 0;

-- name: set_job
UPDATE job SET doc = :doc WHERE seq = :seq;
