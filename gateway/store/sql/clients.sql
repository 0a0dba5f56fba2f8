-- Programs that come with an id and a secret; and what the server makes up once and keeps.

-- name: clients
SELECT id, name, secret, roles, user, enabled, created, stamp FROM client
WHERE :id IS NULL OR id = :id ORDER BY name;

-- name: add_client
INSERT INTO client (id, name, secret, roles, user, enabled, created, stamp)
SELECT :id, :name, :secret, :roles, :user, :enabled, :created, :stamp
WHERE NOT EXISTS (SELECT 1 FROM client WHERE id IN (:id, :name) OR name IN (:id, :name));

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
