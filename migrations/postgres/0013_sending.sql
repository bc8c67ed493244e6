-- How people want to be told, who acts for a unit without a holder, who has taken note of an overdue task, and how a household
-- hears of its visits.

-- +goose Up
-- No row: every channel in the office's order, 07:00 to 21:00 on working days, Chinese.
CREATE TABLE send_wishes (
    cadre         TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES cadres (id) ON DELETE CASCADE,
    channels      TEXT COLLATE "C" NOT NULL,                                          -- JSON list of names, the preferred one first; [] is the office's order
    quiet_from    INTEGER NOT NULL CHECK (quiet_from BETWEEN 0 AND 1440),
    quiet_until   INTEGER NOT NULL CHECK (quiet_until BETWEEN 0 AND 1440),
    digest_at     INTEGER NOT NULL CHECK (digest_at BETWEEN 0 AND 1439),  -- 0: as soon as there is something
    any_day       BOOLEAN NOT NULL,                                       -- also on days off
    mute_until_on DATE,
    lang          TEXT COLLATE "C" NOT NULL CHECK (lang IN ('zh', 'en'))
);

-- 主持工作: who answers for a unit in its holder's place.
CREATE TABLE acting_holders (
    unit        TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES units (id) ON DELETE CASCADE,
    cadre       TEXT COLLATE "C" NOT NULL REFERENCES cadres (id),
    from_on     DATE NOT NULL,
    until_on    DATE,
    CHECK (until_on IS NULL OR from_on < until_on)
);

-- 知悉: a rung of the ladder knows of an overdue task. One row a task and person.
CREATE TABLE task_acks (
    id          TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (id <> ''),
    task        TEXT COLLATE "C" NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    cadre       TEXT COLLATE "C" NOT NULL REFERENCES cadres (id) ON DELETE CASCADE,
    rung        INTEGER NOT NULL CHECK (rung >= 0),
    noted_on    DATE NOT NULL,
    UNIQUE (task, cadre)
);

-- How a household hears that its visit is planned or moved. No row: the contact of its room brings the slip.
CREATE TABLE household_ways (
    household   TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES households (id) ON DELETE CASCADE,
    way         TEXT COLLATE "C" NOT NULL CHECK (way IN ('room', 'phone', 'none'))
);
