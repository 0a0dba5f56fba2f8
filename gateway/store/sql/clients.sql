-- Programs that come with an id and a secret; and what the server makes up once and keeps.

-- name: clients
SELECT id, secret, roles, user, enabled, created FROM client
WHERE :id IS NULL OR id = :id ORDER BY id;

-- name: add_client
INSERT INTO client (id, secret, roles, user, enabled, created)
VALUES (:id, :secret, :roles, :user, :enabled, :created);

-- name: disable_client
UPDATE client SET enabled = 0 WHERE id = :id;

-- name: keep_setting
INSERT INTO setting (name, value) VALUES (:name, :value) ON CONFLICT DO NOTHING;

-- name: setting
SELECT value FROM setting WHERE name = :name;
