-- +goose Up
-- Budgets of providers, shared by all workers, and the stored instants of office schedules (package notifier).

CREATE TABLE notifier_permits (
	budget  TEXT    NOT NULL, -- provider's account, number and window
	no      INTEGER NOT NULL,
	free_at INTEGER NOT NULL, -- milliseconds since 1970 by the database's clock: not before
	per_ms  INTEGER NOT NULL CHECK (per_ms > 0), -- the window
	worker  TEXT,             -- who has it in hand
	epoch   INTEGER,
	PRIMARY KEY (budget, no),
	CHECK ((worker IS NULL) = (epoch IS NULL))
);
CREATE INDEX notifier_permits_free ON notifier_permits (budget, free_at) WHERE worker IS NULL;

CREATE TABLE notifier_schedules (
	name       TEXT PRIMARY KEY,
	spec       TEXT NOT NULL,
	next_at    TEXT NOT NULL, -- the first instant that has not been served
	changed_at TEXT NOT NULL
);

-- Uncertain deliveries are looked for by channel at each wake; most ledgers have none.
CREATE INDEX deliveries_uncertain ON deliveries (channel, next_at) WHERE state = 'uncertain';
