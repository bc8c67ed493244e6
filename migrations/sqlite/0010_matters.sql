-- +goose Up
-- Petition matters 信访事项, the lines of their files, leaders on them, and counts of what was routed out. A matter holds no ID
-- number, address, age or sex; the name is masked or empty, story, contact and reason are ciphertexts. Nothing joins two matters of one
-- person, and nothing joins a matter to a household or a visit.
CREATE TABLE matters (
    id                 TEXT NOT NULL PRIMARY KEY CHECK (id <> ''),
    number             TEXT NOT NULL UNIQUE CHECK (number <> ''),
    national           TEXT NOT NULL,
    kind               TEXT NOT NULL CHECK (kind IN ('letter', 'reception', 'online', 'square', 'remark')),
    state              TEXT NOT NULL CHECK (state IN ('noted', 'registered', 'accepted', 'assigned', 'answered', 'closed')),
    area               TEXT NOT NULL REFERENCES areas (code),
    topic              TEXT NOT NULL,
    title              TEXT NOT NULL CHECK (title <> ''),
    name               TEXT NOT NULL,
    story              TEXT,
    contact            TEXT,
    persons            INTEGER NOT NULL CHECK (persons BETWEEN 0 AND 100000),
    representatives    INTEGER NOT NULL CHECK (representatives BETWEEN 0 AND 5),
    rules              TEXT NOT NULL,
    roll               TEXT NOT NULL CHECK (roll IN ('none', 'next_workday')),
    receiver           TEXT REFERENCES cadres (id),
    receiver_unit      TEXT REFERENCES units (id),
    unit               TEXT REFERENCES units (id),
    officer            TEXT REFERENCES cadres (id),
    partners           TEXT NOT NULL,
    received_on        TEXT NOT NULL,
    accepted_on        TEXT,
    assigned_on        TEXT,
    extended_on        TEXT,
    extend_days        INTEGER NOT NULL CHECK (extend_days BETWEEN 0 AND 90),
    promised_on        TEXT,
    hearing_from_on    TEXT,
    hearing_until_on   TEXT,
    answered_on        TEXT,
    closed_on          TEXT,
    reopened_on        TEXT,
    review_asked_on    TEXT,
    reviewed_on        TEXT,
    recheck_asked_on   TEXT,
    final_on           TEXT,
    outcome            TEXT NOT NULL CHECK (outcome IN ('', 'solved', 'explained', 'not-accepted', 'transferred')),
    reason             TEXT CHECK (outcome = '' OR reason IS NOT NULL),
    agreed             BOOLEAN NOT NULL,
    rung               INTEGER NOT NULL CHECK (rung >= 0),
    opinion            TEXT NOT NULL CHECK (opinion IN ('', 'satisfied', 'basically', 'unsatisfied', 'declined')),
    opinion_on         TEXT,
    code_hash          TEXT UNIQUE CHECK (code_hash IS NULL OR length(code_hash) = 64),
    ladder_step        INTEGER NOT NULL CHECK (ladder_step >= 0),
    ladder_due_on      TEXT,
    due_on             TEXT,
    due_step           TEXT NOT NULL,
    act_on             TEXT,
    revision           INTEGER NOT NULL CHECK (revision >= 1),
    CHECK ((state = 'closed') = (outcome <> '')),
    CHECK (hearing_until_on IS NULL OR hearing_until_on >= hearing_from_on)
);
CREATE INDEX matters_due ON matters (due_on);
CREATE INDEX matters_area ON matters (area);
CREATE INDEX matters_unit ON matters (unit);

-- The file of a matter: added, never changed. say is a ciphertext.
CREATE TABLE matter_acts (
    id          TEXT NOT NULL PRIMARY KEY CHECK (id <> ''),
    matter      TEXT NOT NULL REFERENCES matters (id),
    place       INTEGER NOT NULL CHECK (place >= 1),
    kind        TEXT NOT NULL CHECK (kind <> ''),
    held_on     TEXT NOT NULL,
    cadre       TEXT REFERENCES cadres (id),
    unit        TEXT REFERENCES units (id),
    to_cadre    TEXT REFERENCES cadres (id),
    due_on      TEXT,
    number      TEXT NOT NULL,
    say         TEXT,
    UNIQUE (matter, place)
);

CREATE TABLE matter_leads (
    id          TEXT NOT NULL PRIMARY KEY CHECK (id <> ''),
    matter      TEXT NOT NULL REFERENCES matters (id),
    leader      TEXT NOT NULL REFERENCES cadres (id),
    since_on    TEXT NOT NULL,
    due_on      TEXT NOT NULL CHECK (due_on >= since_on),
    next_on     TEXT,
    plan        TEXT NOT NULL,
    duties      TEXT NOT NULL,
    extended_on TEXT,
    extended_by TEXT REFERENCES cadres (id),
    reason      TEXT NOT NULL,
    closed_on   TEXT,
    filed_on    TEXT,
    revision    INTEGER NOT NULL CHECK (revision >= 1),
    CHECK (extended_on IS NULL OR extended_by IS NOT NULL AND reason <> ''),
    CHECK (filed_on IS NULL OR closed_on IS NOT NULL)
);
-- One leader on a matter at a time.
CREATE UNIQUE INDEX matter_leads_one_live ON matter_leads (matter) WHERE closed_on IS NULL;

-- 检举控告 are routed out and not kept: that one came, on which day, by which way, and to which body it was sent.
CREATE TABLE matters_routed (
    id          TEXT NOT NULL PRIMARY KEY CHECK (id <> ''),
    held_on     TEXT NOT NULL,
    kind        TEXT NOT NULL CHECK (kind IN ('letter', 'reception', 'online', 'square', 'remark')),
    body        TEXT NOT NULL CHECK (body <> '')
);
