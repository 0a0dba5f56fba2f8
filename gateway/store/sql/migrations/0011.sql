-- When somebody told what a run came to, and what a program is called beside its id.

ALTER TABLE task ADD COLUMN told_on TEXT; -- until the next run starts

ALTER TABLE client ADD COLUMN name TEXT NOT NULL DEFAULT '';
UPDATE client SET name = id;
CREATE UNIQUE INDEX client_name ON client (name);
