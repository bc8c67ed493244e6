-- +goose Up
-- When a task was completed, for calendar programs, which show a tick with its day and hour (RFC 5545 §3.8.2.1). It is the
-- time of the entry, not of a visit.
CREATE TABLE task_ends (
    task        TEXT NOT NULL PRIMARY KEY REFERENCES tasks (id) ON DELETE CASCADE,
    ended_at    TEXT NOT NULL
);
-- How a person's own programs show a collection: its colour, place and name.
CREATE TABLE dav_props (
    account     TEXT NOT NULL REFERENCES accounts (id),
    collection  TEXT NOT NULL,
    name        TEXT NOT NULL CHECK (name IN ('displayname', 'calendar-color', 'calendar-order')),
    value       TEXT NOT NULL,
    PRIMARY KEY (account, collection, name)
) WITHOUT ROWID;
