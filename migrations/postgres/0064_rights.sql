-- +goose Up
-- 户卡 the card that a household keeps: the hash of the code by which it looks up, corrects and erases what is held, and of another
-- by which it complains. The codes themselves are printed once and stored nowhere.
CREATE TABLE household_cards (
    household      TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES households (id),
    code_hash      TEXT COLLATE "C" NOT NULL UNIQUE CHECK (length(code_hash) = 64),
    complaint_hash TEXT COLLATE "C" NOT NULL UNIQUE CHECK (length(complaint_hash) = 64),
    issued_on      DATE NOT NULL
);

-- What a household asks the office to correct or erase. The words are sealed under its key.
CREATE TABLE household_requests (
    id          TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (id <> ''),
    household   TEXT COLLATE "C" NOT NULL REFERENCES households (id),
    kind        TEXT COLLATE "C" NOT NULL CHECK (kind IN ('correct', 'erase', 'other-cadre')),
    words       TEXT COLLATE "C" NOT NULL,
    asked_on    DATE NOT NULL,
    due_on      DATE NOT NULL CHECK (due_on >= asked_on),
    state       TEXT COLLATE "C" NOT NULL CHECK (state IN ('open', 'done', 'refused')),
    answer      TEXT COLLATE "C" NOT NULL CHECK (state <> 'refused' OR answer <> ''),
    answered_on DATE,
    CHECK ((state = 'open') = (answered_on IS NULL))
);
CREATE UNIQUE INDEX household_requests_one_open ON household_requests (household, kind) WHERE state = 'open';

-- 投诉建议. It holds no household: only the village, so that whoever reads it cannot tell who wrote it.
CREATE TABLE complaints (
    id          TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (id <> ''),
    village     TEXT COLLATE "C" REFERENCES areas (code),
    words       TEXT COLLATE "C" NOT NULL CHECK (words <> ''),
    written_on  DATE NOT NULL,
    answer      TEXT COLLATE "C" NOT NULL,
    answered_on DATE
);

-- Who saw a household's record, for the household.
CREATE INDEX audit_rows_read ON audit_rows (row_id) WHERE action = 'read' AND row_id <> '';
