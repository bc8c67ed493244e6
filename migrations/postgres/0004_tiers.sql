-- +goose Up
-- Helpers 志愿者、十户调解员: no cadres. There is no column for a contact: whoever found them has it.
CREATE TABLE helpers (
    id          TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (id <> ''),
    code        TEXT COLLATE "C" NOT NULL UNIQUE CHECK (code <> ''),
    name        TEXT COLLATE "C" NOT NULL CHECK (name <> ''),
    kind        TEXT COLLATE "C" NOT NULL CHECK (kind IN ('volunteer', 'mediator')),
    area        TEXT COLLATE "C" NOT NULL REFERENCES areas (code) DEFERRABLE INITIALLY DEFERRED,
    skills      TEXT COLLATE "C" NOT NULL,
    capacity    INTEGER NOT NULL CHECK (capacity BETWEEN 0 AND 60),
    from_on     DATE,
    until_on    DATE,
    active      BOOLEAN NOT NULL,
    CHECK (until_on IS NULL OR from_on IS NULL OR from_on < until_on)
);

-- Wishes 双向选择 of both sides. There is no column for a reason, and nobody but the planner reads them.
CREATE TABLE pair_wishes (
    id          TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (id <> ''),
    household   TEXT COLLATE "C" REFERENCES households (id),
    cadre       TEXT COLLATE "C" REFERENCES cadres (id),
    area        TEXT COLLATE "C" REFERENCES areas (code) DEFERRABLE INITIALLY DEFERRED,
    CHECK ((household IS NULL) <> (area IS NULL)),
    CHECK (household IS NOT NULL OR cadre IS NOT NULL)
);
CREATE INDEX pair_wishes_household ON pair_wishes (household);

-- Lines of the further tiers of a plan; see planner.Link. Members and reasons are JSON TEXT.
CREATE TABLE plan_links (
    id          TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (id <> ''),
    plan        TEXT COLLATE "C" NOT NULL REFERENCES plans (id),
    tier        TEXT COLLATE "C" NOT NULL CHECK (tier IN ('unit-village', 'second-household', 'volunteer-household', 'mediator-ten')),
    seq         INTEGER NOT NULL CHECK (seq >= 0),  -- place in the plan
    unit        TEXT COLLATE "C" REFERENCES units (id),
    cadre       TEXT COLLATE "C" REFERENCES cadres (id),
    helper      TEXT COLLATE "C" REFERENCES helpers (id),
    household   TEXT COLLATE "C" REFERENCES households (id),
    area        TEXT COLLATE "C" REFERENCES areas (code) DEFERRABLE INITIALLY DEFERRED,
    ten         INTEGER NOT NULL CHECK (ten >= 0),
    members     TEXT COLLATE "C" NOT NULL,
    homes       INTEGER NOT NULL CHECK (homes >= 0),
    price       BIGINT NOT NULL,
    reasons     TEXT COLLATE "C" NOT NULL,
    was         TEXT COLLATE "C" NOT NULL,
    until_on    DATE,
    CHECK (num_nonnulls(unit, cadre, helper) = 1),
    UNIQUE (plan, tier, household),             -- one second person, one volunteer a household
    UNIQUE (plan, tier, area, ten, unit)
);
CREATE INDEX plan_links_household ON plan_links (household);
CREATE INDEX plan_links_cadre ON plan_links (cadre);

ALTER TABLE plans ADD COLUMN proofs TEXT COLLATE "C" NOT NULL DEFAULT '[]';
-- Others look after the households while the cadre is on this leave, however short it is.
ALTER TABLE cadre_leaves ADD COLUMN cover BOOLEAN NOT NULL DEFAULT FALSE;
