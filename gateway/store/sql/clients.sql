-- Programs that come with an id and a secret; and what the server makes up once and keeps.

-- name: clients
SELECT id, secret, roles, user, enabled, created, stamp FROM client
WHERE :id IS NULL OR id = :id ORDER BY id;

-- name: add_client
INSERT INTO client (id, secret, roles, user, enabled, created, stamp)
VALUES (:id, :secret, :roles, :user, :enabled, :created, :stamp);

-- name: enable_client
UPDATE client SET enabled = :enabled, stamp = CASE WHEN :enabled THEN stamp ELSE :stamp END
WHERE id = :id;

-- name: set_client_secret
UPDATE client SET secret = :secret, stamp = :stamp WHERE id = :id;

-- name: delete_client
DELETE FROM client WHERE id = :id;

-- name: keep_setting
INSERT INTO setting (name, value) VALUES (:name, :value) ON CONFLICT DO NOTHING;

-- name: setting
SELECT value FROM setting WHERE name = :name;
