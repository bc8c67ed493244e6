-- +goose Up
-- Helpers 志愿者、十户调解员: no cadres. There is no column for a contact: whoever found them has it.
CREATE TABLE helpers (
    id          TEXT NOT NULL PRIMARY KEY CHECK (id <> ''),
    code        TEXT NOT NULL UNIQUE CHECK (code <> ''),
    name        TEXT NOT NULL CHECK (name <> ''),
    kind        TEXT NOT NULL CHECK (kind IN ('volunteer', 'mediator')),
    area        TEXT NOT NULL REFERENCES areas (code) DEFERRABLE INITIALLY DEFERRED,
    skills      TEXT NOT NULL,
    capacity    INTEGER NOT NULL CHECK (capacity BETWEEN 0 AND 60),
    from_on     TEXT,
    until_on    TEXT,
    active      BOOLEAN NOT NULL,
    CHECK (until_on IS NULL OR from_on IS NULL OR from_on < until_on)
);

-- Wishes 双向选择 of both sides. There is no column for a reason, and nobody but the planner reads them.
CREATE TABLE pair_wishes (
    id          TEXT NOT NULL PRIMARY KEY CHECK (id <> ''),
    household   TEXT REFERENCES households (id),
    cadre       TEXT REFERENCES cadres (id),
    area        TEXT REFERENCES areas (code) DEFERRABLE INITIALLY DEFERRED,
    CHECK ((household IS NULL) <> (area IS NULL)),
    CHECK (household IS NOT NULL OR cadre IS NOT NULL)
);
CREATE INDEX pair_wishes_household ON pair_wishes (household);

-- Lines of the further tiers of a plan; see planner.Link. Members and reasons are JSON TEXT.
CREATE TABLE plan_links (
    id          TEXT NOT NULL PRIMARY KEY CHECK (id <> ''),
    plan        TEXT NOT NULL REFERENCES plans (id),
    tier        TEXT NOT NULL CHECK (tier IN ('unit-village', 'second-household', 'volunteer-household', 'mediator-ten')),
    seq         INTEGER NOT NULL CHECK (seq >= 0),  -- place in the plan
    unit        TEXT REFERENCES units (id),
    cadre       TEXT REFERENCES cadres (id),
    helper      TEXT REFERENCES helpers (id),
    household   TEXT REFERENCES households (id),
    area        TEXT REFERENCES areas (code) DEFERRABLE INITIALLY DEFERRED,
    ten         INTEGER NOT NULL CHECK (ten >= 0),
    members     TEXT NOT NULL,
    homes       INTEGER NOT NULL CHECK (homes >= 0),
    price       BIGINT NOT NULL,
    reasons     TEXT NOT NULL,
    was         TEXT NOT NULL,
    until_on    TEXT,
    CHECK ((unit IS NOT NULL) + (cadre IS NOT NULL) + (helper IS NOT NULL) = 1),
    UNIQUE (plan, tier, household),             -- one second person, one volunteer a household
    UNIQUE (plan, tier, area, ten, unit)
);
CREATE INDEX plan_links_household ON plan_links (household);
CREATE INDEX plan_links_cadre ON plan_links (cadre);

ALTER TABLE plans ADD COLUMN proofs TEXT NOT NULL DEFAULT '[]';
-- Others look after the households while the cadre is on this leave, however short it is.
ALTER TABLE cadre_leaves ADD COLUMN cover BOOLEAN NOT NULL DEFAULT FALSE;
