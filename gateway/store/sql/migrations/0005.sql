-- What the limits of error handling have counted, so that they hold over buckets and restarts.

ALTER TABLE bucket ADD COLUMN matched TEXT NOT NULL DEFAULT '{}';
