-- +goose Up
-- Channels of reminders: access tokens of apps, and people's addresses with what a test message proved.

-- One row an app at a vendor. The token is sealed under a key made of the app's own secret, which is not in the database.
CREATE TABLE notifier_tokens (
	app      TEXT   PRIMARY KEY,
	token    TEXT   NOT NULL,
	ends_ms  BIGINT NOT NULL, -- milliseconds since 1970 by the database's clock
	taken_ms BIGINT NOT NULL, -- until when one process has the right to ask for a new one
	holder   TEXT   NOT NULL
);

-- A person's address on a channel that the roster does not know (the vendor's ID of a member), sealed; empty for the roster's
-- mail and mobile. mark is a keyed hash of the address that the test message went to: another address is not proved.
CREATE TABLE channel_addresses (
	id          TEXT    NOT NULL PRIMARY KEY CHECK (id <> ''),
	cadre       TEXT    NOT NULL REFERENCES cadres (id),
	channel     TEXT    NOT NULL CHECK (channel <> ''),
	address     TEXT,
	mark        TEXT    NOT NULL,
	code_hash   TEXT    NOT NULL,
	asked_at    TEXT,             -- when the code was sent
	tries       INTEGER NOT NULL CHECK (tries >= 0),
	verified_on TEXT,
	UNIQUE (cadre, channel)
);
