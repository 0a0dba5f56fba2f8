-- Sessions. They go with their user, by the table's foreign key.

-- name: sessions
SELECT s.id, o.oid, s.password, s.created, s.used, s.source, s.label
FROM session s JOIN object o ON o.seq = s.seq ORDER BY s.created;

-- name: add_session
INSERT INTO session (id, seq, password, created, used, source, label)
SELECT :id, seq, :password, :created, :used, :source, :label
FROM object WHERE oid = :user AND type = 'UserType';

-- name: use_session
UPDATE session SET used = :used WHERE id = :id;

-- name: end_sessions
DELETE FROM session WHERE id IN (SELECT value FROM json_each(:ids));
