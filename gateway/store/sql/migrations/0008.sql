-- Which groups alone may see a task: that of a job is limited to the job's groups.

ALTER TABLE task ADD COLUMN audience TEXT;    -- names of groups as JSON; null: everybody

UPDATE task SET audience = (SELECT j.doc -> '$.groups' FROM job j WHERE j.seq = task.seq)
WHERE EXISTS (SELECT 1 FROM job j WHERE j.seq = task.seq AND NOT j.is_open);

-- What a job's steps have started belongs to it.
UPDATE task SET audience = (SELECT p.audience FROM task p WHERE p.identifier = task.parent)
WHERE audience IS NULL AND NOT EXISTS (SELECT 1 FROM job j WHERE j.seq = task.seq)
  AND EXISTS (SELECT 1 FROM task p WHERE p.identifier = task.parent AND p.audience IS NOT NULL);
