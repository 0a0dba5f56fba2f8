-- Programs that come with an id and a secret, and what somebody told that a task's run came to.

CREATE TABLE client (
    id          TEXT    PRIMARY KEY,
    secret      TEXT    NOT NULL,            -- its hash
    roles       TEXT    NOT NULL DEFAULT '[]',
    user        TEXT,                        -- oid of the user whose rights it has instead of roles
    enabled     INTEGER NOT NULL DEFAULT 1,
    created     TEXT    NOT NULL
) WITHOUT ROWID;

ALTER TABLE task ADD COLUMN told_status TEXT; -- until the next run starts
ALTER TABLE task ADD COLUMN told_at TEXT;
