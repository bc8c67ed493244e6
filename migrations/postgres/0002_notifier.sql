-- +goose Up
-- The ledger of reminders (package notifier): what is owed, what was tried, who is at work on it.
-- No address or phone number is stored here.

CREATE TABLE notices (
	id         TEXT        PRIMARY KEY,
	recipient  TEXT        NOT NULL CHECK (recipient <> ''),
	subject    TEXT        NOT NULL CHECK (subject <> ''),
	revision   INT         NOT NULL,
	rule       TEXT        NOT NULL CHECK (rule <> ''),
	due_at     TIMESTAMPTZ NOT NULL,
	next_at    TIMESTAMPTZ NOT NULL, -- when a sweep looks at it next
	held_at    TIMESTAMPTZ, -- when next_at was put off; later than now: a wrong clock did it
	expires_at TIMESTAMPTZ CHECK (expires_at >= due_at),
	urgent     BOOLEAN     NOT NULL,
	template   TEXT        NOT NULL,
	args       TEXT        NOT NULL, -- JSON object of texts
	state      TEXT        NOT NULL CHECK (state IN ('scheduled', 'due', 'done', 'expired', 'cancelled')),
	why        TEXT        NOT NULL,
	created_at TIMESTAMPTZ NOT NULL,
	changed_at TIMESTAMPTZ NOT NULL,
	UNIQUE (recipient, subject, revision, rule)
);
CREATE INDEX notices_waiting ON notices (next_at) WHERE state = 'scheduled';
CREATE INDEX notices_waiting_of ON notices (recipient, due_at) WHERE state = 'scheduled';
CREATE INDEX notices_held ON notices (held_at) WHERE state = 'scheduled' AND held_at IS NOT NULL;
CREATE INDEX notices_ending ON notices (expires_at) WHERE state IN ('scheduled', 'due');
CREATE INDEX notices_of_subject ON notices (subject, revision);

CREATE TABLE deliveries (
	id         TEXT        PRIMARY KEY, -- the idempotency key
	root       TEXT        NOT NULL, -- first delivery of a chain of fall-backs; its own id if it is the first
	recipient  TEXT        NOT NULL,
	channel    TEXT        NOT NULL,
	place      INT         NOT NULL CHECK (place >= 0), -- position in the person's addresses
	urgent     BOOLEAN     NOT NULL,
	day        DATE        NOT NULL, -- the office's day
	slot       INT         CHECK (slot BETWEEN 1 AND 3), -- which of the day's three; NULL: urgent, or a fall-back
	state      TEXT        NOT NULL CHECK (state IN ('ready', 'leased', 'handed', 'delivered', 'failed', 'uncertain', 'withdrawn')),
	tries      INT         NOT NULL CHECK (tries >= 0),
	next_at    TIMESTAMPTZ NOT NULL, -- not before
	worker     TEXT,
	epoch      BIGINT,
	started_at TIMESTAMPTZ, -- just before hand-over, on channels that take no key
	handed_at  TIMESTAMPTZ,
	receipt    TEXT        NOT NULL,
	why        TEXT        NOT NULL,
	created_at TIMESTAMPTZ NOT NULL,
	changed_at TIMESTAMPTZ NOT NULL,
	UNIQUE (recipient, day, slot),
	CHECK (state <> 'leased' OR (worker IS NOT NULL AND epoch IS NOT NULL)),
	CHECK (state NOT IN ('handed', 'delivered') OR handed_at IS NOT NULL)
);
CREATE INDEX deliveries_ready ON deliveries (channel, urgent DESC, next_at, id) WHERE state = 'ready'; -- the order of claiming
CREATE INDEX deliveries_open ON deliveries (state, changed_at) WHERE state IN ('leased', 'uncertain');
CREATE INDEX deliveries_of_root ON deliveries (root);

CREATE TABLE delivery_notices (
	delivery   TEXT        NOT NULL REFERENCES deliveries (id),
	notice     TEXT        NOT NULL REFERENCES notices (id),
	PRIMARY KEY (delivery, notice)
);
CREATE INDEX delivery_notices_of_notice ON delivery_notices (notice);

CREATE TABLE notifier_workers (
	name       TEXT        PRIMARY KEY,
	instance   TEXT        NOT NULL, -- the process that holds the name now
	epoch      BIGINT      NOT NULL, -- a lease with a lower one is void
	beat       BIGINT      NOT NULL, -- counts heartbeats; the others watch it move on their own clocks
	alive      BOOLEAN     NOT NULL,
	started_at TIMESTAMPTZ NOT NULL,
	beat_at    TIMESTAMPTZ NOT NULL -- for people
);
