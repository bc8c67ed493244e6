-- +goose Up
-- What an occasion is about, in both languages: a hearing's question, a session's theme. Empty for all that needs no words.
ALTER TABLE events ADD COLUMN about_zh TEXT NOT NULL DEFAULT '';
ALTER TABLE events ADD COLUMN about_en TEXT NOT NULL DEFAULT '';

-- The ledger of fairness: what each leader's year in one circle (heads or others) came to. balance is in millionths of a slot,
-- weighted, less the circle's mean; the next year begins with it.
CREATE TABLE duty_balances (
    id          TEXT NOT NULL PRIMARY KEY CHECK (id <> ''),
    year        INTEGER NOT NULL CHECK (year BETWEEN 1900 AND 9999),
    heads       BOOLEAN NOT NULL,
    cadre       TEXT NOT NULL REFERENCES cadres (id),
    slots       INTEGER NOT NULL CHECK (slots >= 0),
    weight      INTEGER NOT NULL CHECK (weight >= 0),
    share       BIGINT NOT NULL,
    balance     BIGINT NOT NULL,
    UNIQUE (year, heads, cadre)
);

-- What a reception day has besides its leader: who steps in, and its theme.
CREATE TABLE reception_days (
    held_on     TEXT NOT NULL PRIMARY KEY,
    deputy      TEXT REFERENCES cadres (id),
    theme_zh    TEXT NOT NULL,
    theme_en    TEXT NOT NULL
);

-- A slot that changes hands. other_on is the slot given in return; NULL: none. The reason is the planner's alone.
CREATE TABLE swaps (
    id          TEXT NOT NULL PRIMARY KEY CHECK (id <> ''),
    kind        TEXT NOT NULL CHECK (kind <> ''),
    held_on     TEXT NOT NULL,
    giver       TEXT NOT NULL REFERENCES cadres (id),
    taker       TEXT NOT NULL REFERENCES cadres (id),
    other_on    TEXT,
    state       TEXT NOT NULL CHECK (state IN ('asked', 'accepted', 'approved', 'declined', 'refused', 'withdrawn')),
    reason      TEXT NOT NULL,
    asked_on    TEXT NOT NULL,
    settled_on  TEXT,
    revision    INTEGER NOT NULL CHECK (revision >= 1),
    CHECK (giver <> taker)
);
-- One open wish about a slot.
CREATE UNIQUE INDEX swaps_one_open ON swaps (held_on) WHERE state IN ('asked', 'accepted');

-- Hearings, public-square sessions, case visits and joint receptions: what their event has besides. about names the matter or
-- task at hand by kind and ID.
CREATE TABLE occasions (
    event           TEXT NOT NULL PRIMARY KEY REFERENCES events (id),
    units           TEXT NOT NULL,
    representatives INTEGER NOT NULL CHECK (representatives BETWEEN 0 AND 5),
    about_kind      TEXT NOT NULL,
    about_ref       TEXT NOT NULL,
    decision_waits  BOOLEAN NOT NULL,
    heard           BOOLEAN NOT NULL
);

-- What a meeting takes up and what a session is asked, in order. outcome is empty until there is one.
CREATE TABLE agenda_items (
    id          TEXT NOT NULL PRIMARY KEY CHECK (id <> ''),
    event       TEXT NOT NULL REFERENCES events (id),
    place       INTEGER NOT NULL CHECK (place >= 1),
    about_kind  TEXT NOT NULL,
    about_ref   TEXT NOT NULL,
    title       TEXT NOT NULL CHECK (title <> ''),
    outcome     TEXT NOT NULL,
    decision    TEXT NOT NULL,
    task        TEXT REFERENCES tasks (id),
    UNIQUE (event, place)
);

-- The data cut-off of a meeting: the instant, and the figures as they stood then.
CREATE TABLE meeting_cutoffs (
    event       TEXT NOT NULL PRIMARY KEY REFERENCES events (id),
    cutoff_at   TEXT NOT NULL,
    figures     TEXT NOT NULL
);
