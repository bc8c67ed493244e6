-- +goose Up
-- 户卡 the card that a household keeps: the hash of the code by which it looks up, corrects and erases what is held, and of another
-- by which it complains. The codes themselves are printed once and stored nowhere.
CREATE TABLE household_cards (
    household      TEXT NOT NULL PRIMARY KEY REFERENCES households (id),
    code_hash      TEXT NOT NULL UNIQUE CHECK (length(code_hash) = 64),
    complaint_hash TEXT NOT NULL UNIQUE CHECK (length(complaint_hash) = 64),
    issued_on      TEXT NOT NULL
);

-- What a household asks the office to correct or erase. The words are sealed under its key.
CREATE TABLE household_requests (
    id          TEXT NOT NULL PRIMARY KEY CHECK (id <> ''),
    household   TEXT NOT NULL REFERENCES households (id),
    kind        TEXT NOT NULL CHECK (kind IN ('correct', 'erase', 'other-cadre')),
    words       TEXT NOT NULL,
    asked_on    TEXT NOT NULL,
    due_on      TEXT NOT NULL CHECK (due_on >= asked_on),
    state       TEXT NOT NULL CHECK (state IN ('open', 'done', 'refused')),
    answer      TEXT NOT NULL CHECK (state <> 'refused' OR answer <> ''),
    answered_on TEXT,
    CHECK ((state = 'open') = (answered_on IS NULL))
);
CREATE UNIQUE INDEX household_requests_one_open ON household_requests (household, kind) WHERE state = 'open';

-- 投诉建议. It holds no household: only the village, so that whoever reads it cannot tell who wrote it.
CREATE TABLE complaints (
    id          TEXT NOT NULL PRIMARY KEY CHECK (id <> ''),
    village     TEXT REFERENCES areas (code),
    words       TEXT NOT NULL CHECK (words <> ''),
    written_on  TEXT NOT NULL,
    answer      TEXT NOT NULL,
    answered_on TEXT
);

-- Who saw a household's record, for the household.
CREATE INDEX audit_rows_read ON audit_rows (row_id) WHERE action = 'read' AND row_id <> '';
