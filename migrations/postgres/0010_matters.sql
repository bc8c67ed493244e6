-- +goose Up
-- Petition matters 信访事项, the lines of their files, leaders on them, and counts of what was routed out. A matter holds no ID
-- number, address, age or sex; the name is masked or empty, story, contact and reason are ciphertexts. Nothing joins two matters of one
-- person, and nothing joins a matter to a household or a visit.
CREATE TABLE matters (
    id                 TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (id <> ''),
    number             TEXT COLLATE "C" NOT NULL UNIQUE CHECK (number <> ''),
    national           TEXT COLLATE "C" NOT NULL,
    kind               TEXT COLLATE "C" NOT NULL CHECK (kind IN ('letter', 'reception', 'online', 'square', 'remark')),
    state              TEXT COLLATE "C" NOT NULL CHECK (state IN ('noted', 'registered', 'accepted', 'assigned', 'answered', 'closed')),
    area               TEXT COLLATE "C" NOT NULL REFERENCES areas (code),
    topic              TEXT COLLATE "C" NOT NULL,
    title              TEXT COLLATE "C" NOT NULL CHECK (title <> ''),
    name               TEXT COLLATE "C" NOT NULL,
    story              TEXT COLLATE "C",
    contact            TEXT COLLATE "C",
    persons            INTEGER NOT NULL CHECK (persons BETWEEN 0 AND 100000),
    representatives    INTEGER NOT NULL CHECK (representatives BETWEEN 0 AND 5),
    rules              TEXT COLLATE "C" NOT NULL,
    roll               TEXT COLLATE "C" NOT NULL CHECK (roll IN ('none', 'next_workday')),
    receiver           TEXT COLLATE "C" REFERENCES cadres (id),
    receiver_unit      TEXT COLLATE "C" REFERENCES units (id),
    unit               TEXT COLLATE "C" REFERENCES units (id),
    officer            TEXT COLLATE "C" REFERENCES cadres (id),
    partners           TEXT COLLATE "C" NOT NULL,
    received_on        DATE NOT NULL,
    accepted_on        DATE,
    assigned_on        DATE,
    extended_on        DATE,
    extend_days        INTEGER NOT NULL CHECK (extend_days BETWEEN 0 AND 90),
    promised_on        DATE,
    hearing_from_on    DATE,
    hearing_until_on   DATE,
    answered_on        DATE,
    closed_on          DATE,
    reopened_on        DATE,
    review_asked_on    DATE,
    reviewed_on        DATE,
    recheck_asked_on   DATE,
    final_on           DATE,
    outcome            TEXT COLLATE "C" NOT NULL CHECK (outcome IN ('', 'solved', 'explained', 'not-accepted', 'transferred')),
    reason             TEXT COLLATE "C" CHECK (outcome = '' OR reason IS NOT NULL),
    agreed             BOOLEAN NOT NULL,
    rung               INTEGER NOT NULL CHECK (rung >= 0),
    opinion            TEXT COLLATE "C" NOT NULL CHECK (opinion IN ('', 'satisfied', 'basically', 'unsatisfied', 'declined')),
    opinion_on         DATE,
    code_hash          TEXT COLLATE "C" UNIQUE CHECK (code_hash IS NULL OR length(code_hash) = 64),
    ladder_step        INTEGER NOT NULL CHECK (ladder_step >= 0),
    ladder_due_on      DATE,
    due_on             DATE,
    due_step           TEXT COLLATE "C" NOT NULL,
    act_on             DATE,
    revision           INTEGER NOT NULL CHECK (revision >= 1),
    CHECK ((state = 'closed') = (outcome <> '')),
    CHECK (hearing_until_on IS NULL OR hearing_until_on >= hearing_from_on)
);
CREATE INDEX matters_due ON matters (due_on);
CREATE INDEX matters_area ON matters (area);
CREATE INDEX matters_unit ON matters (unit);

-- The file of a matter: added, never changed. say is a ciphertext.
CREATE TABLE matter_acts (
    id          TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (id <> ''),
    matter      TEXT COLLATE "C" NOT NULL REFERENCES matters (id),
    place       INTEGER NOT NULL CHECK (place >= 1),
    kind        TEXT COLLATE "C" NOT NULL CHECK (kind <> ''),
    held_on     DATE NOT NULL,
    cadre       TEXT COLLATE "C" REFERENCES cadres (id),
    unit        TEXT COLLATE "C" REFERENCES units (id),
    to_cadre    TEXT COLLATE "C" REFERENCES cadres (id),
    due_on      DATE,
    number      TEXT COLLATE "C" NOT NULL,
    say         TEXT COLLATE "C",
    UNIQUE (matter, place)
);

CREATE TABLE matter_leads (
    id          TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (id <> ''),
    matter      TEXT COLLATE "C" NOT NULL REFERENCES matters (id),
    leader      TEXT COLLATE "C" NOT NULL REFERENCES cadres (id),
    since_on    DATE NOT NULL,
    due_on      DATE NOT NULL CHECK (due_on >= since_on),
    next_on     DATE,
    plan        TEXT COLLATE "C" NOT NULL,
    duties      TEXT COLLATE "C" NOT NULL,
    extended_on DATE,
    extended_by TEXT COLLATE "C" REFERENCES cadres (id),
    reason      TEXT COLLATE "C" NOT NULL,
    closed_on   DATE,
    filed_on    DATE,
    revision    INTEGER NOT NULL CHECK (revision >= 1),
    CHECK (extended_on IS NULL OR extended_by IS NOT NULL AND reason <> ''),
    CHECK (filed_on IS NULL OR closed_on IS NOT NULL)
);
-- One leader on a matter at a time.
CREATE UNIQUE INDEX matter_leads_one_live ON matter_leads (matter) WHERE closed_on IS NULL;

-- 检举控告 are routed out and not kept: that one came, on which day, by which way, and to which body it was sent.
CREATE TABLE matters_routed (
    id          TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (id <> ''),
    held_on     DATE NOT NULL,
    kind        TEXT COLLATE "C" NOT NULL CHECK (kind IN ('letter', 'reception', 'online', 'square', 'remark')),
    body        TEXT COLLATE "C" NOT NULL CHECK (body <> '')
);
