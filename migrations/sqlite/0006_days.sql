-- Holiday notices that the office took in, and days of areas.

-- +goose Up
-- Every notice ever taken in stays, with its sources and the hash of its days; one of a year is live and overrides the notice
-- that comes with the program. An undo makes the one before live again.
CREATE TABLE holiday_notices (
    id          TEXT NOT NULL PRIMARY KEY CHECK (id <> ''),     -- year/turn
    held_year   INTEGER NOT NULL CHECK (held_year BETWEEN 1949 AND 2099),
    turn        INTEGER NOT NULL CHECK (turn >= 1),
    status      TEXT NOT NULL CHECK (status IN ('provisional', 'official')),
    live        BOOLEAN NOT NULL,
    papers      TEXT NOT NULL,
    days        TEXT NOT NULL,
    sha256      TEXT NOT NULL CHECK (length(sha256) = 64)
);
CREATE UNIQUE INDEX holiday_notices_one_live ON holiday_notices (held_year) WHERE live;

-- Days of an area that recur by a rule (lunar:3,6,9) or are named: markets, fairs, farm seasons, no-go days, closed days. They
-- concern places, never a household.
CREATE TABLE area_days (
    id          TEXT NOT NULL PRIMARY KEY CHECK (id <> ''),     -- area/kind/rule
    area        TEXT NOT NULL REFERENCES areas (code) DEFERRABLE INITIALLY DEFERRED,
    kind        TEXT NOT NULL CHECK (kind IN ('closed', 'market', 'fair', 'farm', 'no-go')),
    day_rule    TEXT NOT NULL CHECK (day_rule <> ''),
    name        TEXT NOT NULL,
    wish        TEXT NOT NULL CHECK (wish IN ('', 'avoid', 'prefer'))
);
CREATE INDEX area_days_area ON area_days (area);
