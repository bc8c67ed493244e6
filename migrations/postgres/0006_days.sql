-- Holiday notices that the office took in, and days of areas.

-- +goose Up
CREATE TABLE holiday_notices (
    id          TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (id <> ''),     -- year/turn
    held_year   INTEGER NOT NULL CHECK (held_year BETWEEN 1949 AND 2099),
    turn        INTEGER NOT NULL CHECK (turn >= 1),
    status      TEXT COLLATE "C" NOT NULL CHECK (status IN ('provisional', 'official')),
    live        BOOLEAN NOT NULL,
    papers      TEXT COLLATE "C" NOT NULL,
    days        TEXT COLLATE "C" NOT NULL,
    sha256      TEXT COLLATE "C" NOT NULL CHECK (length(sha256) = 64)
);
CREATE UNIQUE INDEX holiday_notices_one_live ON holiday_notices (held_year) WHERE live;

CREATE TABLE area_days (
    id          TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (id <> ''),     -- area/kind/rule
    area        TEXT COLLATE "C" NOT NULL REFERENCES areas (code) DEFERRABLE INITIALLY DEFERRED,
    kind        TEXT COLLATE "C" NOT NULL CHECK (kind IN ('closed', 'market', 'fair', 'farm', 'no-go')),
    day_rule    TEXT COLLATE "C" NOT NULL CHECK (day_rule <> ''),
    name        TEXT COLLATE "C" NOT NULL,
    wish        TEXT COLLATE "C" NOT NULL CHECK (wish IN ('', 'avoid', 'prefer'))
);
CREATE INDEX area_days_area ON area_days (area);
