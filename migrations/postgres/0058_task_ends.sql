-- +goose Up
-- When a task was completed, for calendar programs, which show a tick with its day and hour (RFC 5545 §3.8.2.1). It is the
-- time of the entry, not of a visit.
CREATE TABLE task_ends (
    task        TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES tasks (id) ON DELETE CASCADE,
    ended_at    TIMESTAMPTZ NOT NULL
);
-- How a person's own programs show a collection: its colour, place and name.
CREATE TABLE dav_props (
    account     TEXT COLLATE "C" NOT NULL REFERENCES accounts (id),
    collection  TEXT COLLATE "C" NOT NULL,
    name        TEXT COLLATE "C" NOT NULL CHECK (name IN ('displayname', 'calendar-color', 'calendar-order')),
    value       TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (account, collection, name)
);
