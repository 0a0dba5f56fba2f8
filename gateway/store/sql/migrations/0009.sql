-- By whom it was decided what a task does that a step of a job has started.

ALTER TABLE task ADD COLUMN origin TEXT;
