-- What searches among very many objects are carried by.

-- A list without another order is in the order of creation.
CREATE INDEX object_type ON object (type, seq);

-- Pieces of three characters of every name, for searches for a part of one.
-- The text to be found: the name, and the normalized one where it differs in more than case.
-- Only row numbers come out of it; whether a name really fits is asked of the object.
CREATE VIRTUAL TABLE name_part USING fts5 (
    text, content = '', columnsize = 0, detail = none, tokenize = 'trigram'
);

INSERT INTO name_part (rowid, text)
SELECT seq, CASE WHEN name = name_norm COLLATE NOCASE THEN name
            ELSE name || char(10) || name_norm END
FROM object;

CREATE TRIGGER name_part_added AFTER INSERT ON object BEGIN
    INSERT INTO name_part (rowid, text)
    VALUES (new.seq, CASE WHEN new.name = new.name_norm COLLATE NOCASE THEN new.name
                     ELSE new.name || char(10) || new.name_norm END);
END;

-- What is written most, new documents under old names, does not come here.
CREATE TRIGGER name_part_changed AFTER UPDATE OF name, name_norm ON object
WHEN old.name <> new.name OR old.name_norm <> new.name_norm BEGIN
    INSERT INTO name_part (name_part, rowid, text)
    VALUES ('delete', old.seq, CASE WHEN old.name = old.name_norm COLLATE NOCASE THEN old.name
                               ELSE old.name || char(10) || old.name_norm END);
    INSERT INTO name_part (rowid, text)
    VALUES (new.seq, CASE WHEN new.name = new.name_norm COLLATE NOCASE THEN new.name
                     ELSE new.name || char(10) || new.name_norm END);
END;

CREATE TRIGGER name_part_removed AFTER DELETE ON object BEGIN
    INSERT INTO name_part (name_part, rowid, text)
    VALUES ('delete', old.seq, CASE WHEN old.name = old.name_norm COLLATE NOCASE THEN old.name
                               ELSE old.name || char(10) || old.name_norm END);
END;
