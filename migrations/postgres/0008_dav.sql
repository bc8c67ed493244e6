-- Calendars over HTTP: who fetches a feed with what, what a person wants of their calendar, passwords of programs, what
-- CalDAV clients were told, and invitations by mail.

-- +goose Up
-- Two more kinds of feed. When a feed was last fetched moves to feed_fetches, which knows the day and no more.
ALTER TABLE feed_tokens DROP CONSTRAINT feed_tokens_kind_check;
ALTER TABLE feed_tokens ADD CONSTRAINT feed_tokens_kind_check
    CHECK (kind IN ('cadre', 'village', 'unit', 'hall', 'public', 'county', 'holidays'));
ALTER TABLE feed_tokens DROP COLUMN last_fetched_at;
ALTER TABLE feed_tokens DROP COLUMN last_fetched_by;

-- Which program fetched a feed and on which day last: no address, no time of day.
CREATE TABLE feed_fetches (
    token_hash  TEXT COLLATE "C" NOT NULL,
    product     TEXT COLLATE "C" NOT NULL,
    fetched_on  DATE NOT NULL,
    PRIMARY KEY (token_hash, product)
);

-- What a person chose for their calendar. No row: Chinese, by subscription.
CREATE TABLE calendar_wishes (
    cadre       TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES cadres (id),
    lang        TEXT COLLATE "C" NOT NULL CHECK (lang IN ('zh', 'en')),
    way         TEXT COLLATE "C" NOT NULL CHECK (way IN ('feed', 'mail'))
);

-- A password for one calendar program. Its 128 random bits need no slow hash.
CREATE TABLE app_passwords (
    id          TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (id <> ''),
    account     TEXT COLLATE "C" NOT NULL REFERENCES accounts (id),
    name        TEXT COLLATE "C" NOT NULL CHECK (name <> ''),
    secret_hash TEXT COLLATE "C" NOT NULL UNIQUE CHECK (length(secret_hash) = 64),
    created_on  DATE NOT NULL,
    revoked_on  DATE
);
CREATE INDEX app_passwords_account ON app_passwords (account);

-- What CalDAV clients may have been told of a collection (RFC 6578): each member with the revision of the collection at
-- which it last changed or went. Derived from the events; nobody edits it, so the audit does not hold it.
CREATE TABLE dav_collections (
    name        TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (name <> ''),
    revision    BIGINT NOT NULL,
    oldest      BIGINT NOT NULL     -- what went at this revision or before is forgotten
);

CREATE TABLE dav_members (
    collection  TEXT COLLATE "C" NOT NULL REFERENCES dav_collections (name) ON DELETE CASCADE,
    name        TEXT COLLATE "C" NOT NULL,
    tag         TEXT COLLATE "C" NOT NULL,
    revision    BIGINT NOT NULL,
    gone_on     DATE,
    PRIMARY KEY (collection, name)
);

-- An event to which a person was invited by mail (RFC 5546): the last message sent and the last answer.
CREATE TABLE event_invites (
    id          TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (id <> ''),
    event       TEXT COLLATE "C" NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    cadre       TEXT COLLATE "C" NOT NULL REFERENCES cadres (id),
    method      TEXT COLLATE "C" NOT NULL CHECK (method IN ('request', 'cancel')),
    sequence    INTEGER NOT NULL CHECK (sequence >= 0),
    partstat    TEXT COLLATE "C" NOT NULL CHECK (partstat IN ('needs-action', 'accepted', 'declined', 'tentative')),
    sent_at     TIMESTAMPTZ,
    replied_at  TIMESTAMPTZ,
    UNIQUE (event, cadre)
);
