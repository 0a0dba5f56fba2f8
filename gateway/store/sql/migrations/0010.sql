-- Sessions of those who have logged in, and clients whose tokens end with their secret.

CREATE TABLE session (
    id          TEXT    PRIMARY KEY,         -- the token's digest
    seq         INTEGER NOT NULL REFERENCES object (seq) ON DELETE CASCADE, -- its user
    password    TEXT    NOT NULL,            -- a digest of the hash that was matched
    created     TEXT    NOT NULL,
    used        TEXT    NOT NULL,            -- last; not more than a minute behind
    source      TEXT    NOT NULL,            -- the address that it was opened from
    label       TEXT    NOT NULL             -- what the program there calls itself
) WITHOUT ROWID;
CREATE INDEX session_user ON session (seq);

ALTER TABLE client ADD COLUMN stamp TEXT NOT NULL DEFAULT ''; -- tokens of another one do not count
UPDATE client SET stamp = lower(hex(randomblob(8)));

-- By which key secrets are sealed here, as its fingerprint, and whether no page holds older forms.
CREATE TABLE sealing (
    one         INTEGER PRIMARY KEY CHECK (one = 1),
    key         TEXT    NOT NULL,
    is_clean    INTEGER NOT NULL
);
