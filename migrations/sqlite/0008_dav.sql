-- Calendars over HTTP: who fetches a feed with what, what a person wants of their calendar, passwords of programs, what
-- CalDAV clients were told, and invitations by mail.

-- +goose Up
-- Two more kinds of feed. When a feed was last fetched moves to feed_fetches, which knows the day and no more.
CREATE TABLE feed_tokens_next (
    token_hash  TEXT NOT NULL PRIMARY KEY CHECK (length(token_hash) = 64),
    token       TEXT NOT NULL,
    kind        TEXT NOT NULL CHECK (kind IN ('cadre', 'village', 'unit', 'hall', 'public', 'county', 'holidays')),
    ref         TEXT NOT NULL,
    created_at  TEXT NOT NULL,
    revoked_at  TEXT
);
INSERT INTO feed_tokens_next (token_hash, token, kind, ref, created_at, revoked_at)
    SELECT token_hash, token, kind, ref, created_at, revoked_at FROM feed_tokens;
DROP TABLE feed_tokens;
ALTER TABLE feed_tokens_next RENAME TO feed_tokens;
CREATE UNIQUE INDEX feed_tokens_one_live ON feed_tokens (kind, ref) WHERE revoked_at IS NULL;

-- Which program fetched a feed and on which day last: no address, no time of day.
CREATE TABLE feed_fetches (
    token_hash  TEXT NOT NULL,
    product     TEXT NOT NULL,
    fetched_on  TEXT NOT NULL,
    PRIMARY KEY (token_hash, product)
) WITHOUT ROWID;

-- What a person chose for their calendar. No row: Chinese, by subscription.
CREATE TABLE calendar_wishes (
    cadre       TEXT NOT NULL PRIMARY KEY REFERENCES cadres (id),
    lang        TEXT NOT NULL CHECK (lang IN ('zh', 'en')),
    way         TEXT NOT NULL CHECK (way IN ('feed', 'mail'))
);

-- A password for one calendar program. Its 128 random bits need no slow hash.
CREATE TABLE app_passwords (
    id          TEXT NOT NULL PRIMARY KEY CHECK (id <> ''),
    account     TEXT NOT NULL REFERENCES accounts (id),
    name        TEXT NOT NULL CHECK (name <> ''),
    secret_hash TEXT NOT NULL UNIQUE CHECK (length(secret_hash) = 64),
    created_on  TEXT NOT NULL,
    revoked_on  TEXT
);
CREATE INDEX app_passwords_account ON app_passwords (account);

-- What CalDAV clients may have been told of a collection (RFC 6578): each member with the revision of the collection at
-- which it last changed or went. Derived from the events; nobody edits it, so the audit does not hold it.
CREATE TABLE dav_collections (
    name        TEXT NOT NULL PRIMARY KEY CHECK (name <> ''),
    revision    BIGINT NOT NULL,
    oldest      BIGINT NOT NULL     -- what went at this revision or before is forgotten
) WITHOUT ROWID;

CREATE TABLE dav_members (
    collection  TEXT NOT NULL REFERENCES dav_collections (name) ON DELETE CASCADE,
    name        TEXT NOT NULL,
    tag         TEXT NOT NULL,
    revision    BIGINT NOT NULL,
    gone_on     TEXT,
    PRIMARY KEY (collection, name)
) WITHOUT ROWID;

-- An event to which a person was invited by mail (RFC 5546): the last message sent and the last answer.
CREATE TABLE event_invites (
    id          TEXT NOT NULL PRIMARY KEY CHECK (id <> ''),
    event       TEXT NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    cadre       TEXT NOT NULL REFERENCES cadres (id),
    method      TEXT NOT NULL CHECK (method IN ('request', 'cancel')),
    sequence    INTEGER NOT NULL CHECK (sequence >= 0),
    partstat    TEXT NOT NULL CHECK (partstat IN ('needs-action', 'accepted', 'declined', 'tentative')),
    sent_at     TEXT,
    replied_at  TEXT,
    UNIQUE (event, cadre)
);
