-- The nouns of one county, their audit trail and its chain. Civil dates are DATE (…_on), instants TIMESTAMPTZ (…_at).
-- Text is COLLATE "C", so that both engines sort it by its bytes. Lists that are only ever read with their noun are JSON
-- text. The SQLite file says why each table is as it is in the same words.

-- +goose Up
CREATE TABLE areas (
    code        TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(code) >= 2),
    name        TEXT COLLATE "C" NOT NULL CHECK (name <> ''),
    level       TEXT COLLATE "C" NOT NULL CHECK (level IN ('prefecture', 'county', 'township', 'village', 'group')),
    parent      TEXT COLLATE "C" REFERENCES areas (code) DEFERRABLE INITIALLY DEFERRED,
    from_on     DATE,
    until_on    DATE,
    CHECK (until_on IS NULL OR from_on IS NULL OR from_on < until_on)
);

CREATE TABLE units (
    id          TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (id <> ''),
    code        TEXT COLLATE "C" NOT NULL UNIQUE CHECK (code <> ''),
    name        TEXT COLLATE "C" NOT NULL CHECK (name <> ''),
    network     TEXT COLLATE "C" NOT NULL CHECK (network IN ('bureau', 'station', 'room')),
    area        TEXT COLLATE "C" REFERENCES areas (code) DEFERRABLE INITIALLY DEFERRED,
    parent      TEXT COLLATE "C"
);

CREATE TABLE unit_villages (
    unit        TEXT COLLATE "C" NOT NULL REFERENCES units (id) ON DELETE CASCADE,
    village     TEXT COLLATE "C" NOT NULL REFERENCES areas (code) DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (unit, village)
);

CREATE TABLE cadres (
    id             TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (id <> ''),
    code           TEXT COLLATE "C" NOT NULL UNIQUE CHECK (code <> ''),
    name           TEXT COLLATE "C" NOT NULL CHECK (name <> ''),
    unit           TEXT COLLATE "C" NOT NULL REFERENCES units (id),
    title          TEXT COLLATE "C" NOT NULL,
    rank           TEXT COLLATE "C" NOT NULL CHECK (rank IN ('leader', 'section', 'staff')),
    head           BOOLEAN NOT NULL,
    portfolio      TEXT COLLATE "C" NOT NULL,
    skills         TEXT COLLATE "C" NOT NULL,
    office_phone   TEXT COLLATE "C" NOT NULL,
    mobile         TEXT COLLATE "C",
    mail           TEXT COLLATE "C",
    native_village TEXT COLLATE "C" REFERENCES areas (code) DEFERRABLE INITIALLY DEFERRED,
    capacity       INTEGER NOT NULL CHECK (capacity BETWEEN 0 AND 1000),
    active         BOOLEAN NOT NULL
);
CREATE INDEX cadres_unit ON cadres (unit);

CREATE TABLE cadre_leaves (
    cadre       TEXT COLLATE "C" NOT NULL REFERENCES cadres (id) ON DELETE CASCADE,
    place       INTEGER NOT NULL,
    from_on     DATE,
    until_on    DATE,
    reason      TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (cadre, place),
    CHECK (until_on IS NULL OR from_on IS NULL OR from_on < until_on)
);

CREATE TABLE households (
    id            TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (id <> ''),
    code          TEXT COLLATE "C" NOT NULL UNIQUE CHECK (code <> ''),
    village       TEXT COLLATE "C" NOT NULL REFERENCES areas (code) DEFERRABLE INITIALLY DEFERRED,
    group_area    TEXT COLLATE "C" REFERENCES areas (code) DEFERRABLE INITIALLY DEFERRED,
    head          TEXT COLLATE "C" NOT NULL,
    guide         TEXT COLLATE "C" NOT NULL,
    contact       TEXT COLLATE "C",
    hours         TEXT COLLATE "C" NOT NULL CHECK (hours IN ('any', 'morning', 'afternoon', 'evening')),
    consent       TEXT COLLATE "C" NOT NULL CHECK (consent IN ('given', 'unasked', 'declined', 'withdrawn')),
    needs         TEXT COLLATE "C" NOT NULL,
    mute_until_on DATE,
    per_year      INTEGER NOT NULL CHECK (per_year BETWEEN 0 AND 366),
    active        BOOLEAN NOT NULL
);
CREATE INDEX households_village ON households (village);

-- One data key per household, wrapped under the key file. Erasure empties wrapped and so makes every audit payload of
-- the household unreadable. No reference to households: the key outlives an undone import, as the trail does.
CREATE TABLE household_keys (
    household    TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    wrapped      TEXT COLLATE "C",
    destroyed_at TIMESTAMPTZ,
    CHECK ((wrapped IS NULL) = (destroyed_at IS NOT NULL))
);

CREATE TABLE recusals (
    id          TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    cadre       TEXT COLLATE "C" NOT NULL REFERENCES cadres (id),
    household   TEXT COLLATE "C" REFERENCES households (id),
    village     TEXT COLLATE "C" REFERENCES areas (code),
    kind        TEXT COLLATE "C" NOT NULL CHECK (kind IN ('declared', 'requested', 'ordered')),
    CHECK ((household IS NULL) <> (village IS NULL))
);
CREATE INDEX recusals_cadre ON recusals (cadre);
CREATE INDEX recusals_household ON recusals (household);

CREATE TABLE imports (
    id          TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    at          TIMESTAMPTZ NOT NULL,
    actor       TEXT COLLATE "C" NOT NULL,
    files       TEXT COLLATE "C" NOT NULL,
    row_count   INTEGER NOT NULL CHECK (row_count >= 0),
    undone_at   TIMESTAMPTZ
);

CREATE TABLE plans (
    id           TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (id <> ''),
    period       INTEGER NOT NULL CHECK (period BETWEEN 1900 AND 9999),
    status       TEXT COLLATE "C" NOT NULL CHECK (status IN ('draft', 'review', 'published', 'superseded', 'withdrawn')),
    preset       TEXT COLLATE "C" NOT NULL,
    book         TEXT COLLATE "C" NOT NULL,
    revision     INTEGER NOT NULL CHECK (revision >= 0),
    from_on      DATE,
    until_on     DATE,
    pins         TEXT COLLATE "C" NOT NULL,
    certificates TEXT COLLATE "C" NOT NULL,
    watches      TEXT COLLATE "C" NOT NULL,
    CHECK (until_on IS NULL OR from_on IS NULL OR from_on < until_on)
);
CREATE INDEX plans_period ON plans (period, revision);
-- One published plan per period, whatever two planners press at once.
CREATE UNIQUE INDEX plans_one_published ON plans (period) WHERE status = 'published';

CREATE TABLE pairings (
    id          TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (id <> ''),
    plan        TEXT COLLATE "C" NOT NULL REFERENCES plans (id),
    tier        TEXT COLLATE "C" NOT NULL CHECK (tier IN ('leader-village', 'section-group', 'cadre-household')),
    cadre       TEXT COLLATE "C" NOT NULL REFERENCES cadres (id),
    household   TEXT COLLATE "C" REFERENCES households (id),
    area        TEXT COLLATE "C" REFERENCES areas (code),
    price       BIGINT NOT NULL,
    reasons     TEXT COLLATE "C" NOT NULL,
    origin      TEXT COLLATE "C" NOT NULL CHECK (origin IN ('solver', 'pin', 'import')),
    was         TEXT COLLATE "C" REFERENCES cadres (id),
    CHECK ((household IS NULL) <> (area IS NULL)),
    CHECK ((tier = 'cadre-household') = (household IS NOT NULL)),
    UNIQUE (plan, household),       -- a household has exactly one cadre in a plan
    UNIQUE (plan, tier, area, cadre)
);
CREATE INDEX pairings_cadre ON pairings (cadre);
CREATE INDEX pairings_household ON pairings (household);

CREATE TABLE events (
    id            TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (id <> ''),
    key           TEXT COLLATE "C" NOT NULL UNIQUE CHECK (key <> ''),
    uid           TEXT COLLATE "C" NOT NULL UNIQUE CHECK (uid <> ''),
    kind          TEXT COLLATE "C" NOT NULL CHECK (kind <> ''),
    held_on       DATE NOT NULL,
    from_min      INTEGER NOT NULL CHECK (from_min BETWEEN 0 AND 1440),
    until_min     INTEGER NOT NULL CHECK (until_min BETWEEN from_min AND 1440),
    nominal_on    DATE,
    why_zh        TEXT COLLATE "C" NOT NULL,
    why_en        TEXT COLLATE "C" NOT NULL,
    cadre         TEXT COLLATE "C" REFERENCES cadres (id),
    village       TEXT COLLATE "C" REFERENCES areas (code),
    place         TEXT COLLATE "C" NOT NULL,
    status        TEXT COLLATE "C" NOT NULL CHECK (status IN ('tentative', 'confirmed', 'cancelled')),
    sequence      INTEGER NOT NULL CHECK (sequence >= 0),
    digest        TEXT COLLATE "C" NOT NULL,
    created_at    TIMESTAMPTZ,
    changed_at    TIMESTAMPTZ
);
CREATE INDEX events_on ON events (held_on);
CREATE INDEX events_cadre ON events (cadre, held_on);

CREATE TABLE visits (
    id          TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (id <> ''),
    event       TEXT COLLATE "C" REFERENCES events (id),
    cadre       TEXT COLLATE "C" NOT NULL REFERENCES cadres (id),
    household   TEXT COLLATE "C" NOT NULL REFERENCES households (id),
    held_on     DATE NOT NULL,
    stop        INTEGER NOT NULL CHECK (stop >= 0),
    hours       TEXT COLLATE "C" NOT NULL CHECK (hours IN ('any', 'morning', 'afternoon', 'evening')),
    state       TEXT COLLATE "C" NOT NULL CHECK (state IN ('planned', 'done', 'not-home', 'declined', 'moved', 'cancelled'))
);
-- Nobody comes twice to one door on one day.
CREATE UNIQUE INDEX visits_one_a_day ON visits (household, held_on) WHERE state = 'planned';
CREATE INDEX visits_cadre ON visits (cadre, held_on);
CREATE INDEX visits_event ON visits (event);

CREATE TABLE tasks (
    id          TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (id <> ''),
    key         TEXT COLLATE "C" NOT NULL CHECK (key <> ''),
    kind        TEXT COLLATE "C" NOT NULL CHECK (kind <> ''),
    owner       TEXT COLLATE "C" NOT NULL REFERENCES cadres (id),
    household   TEXT COLLATE "C" REFERENCES households (id),
    say_zh      TEXT COLLATE "C" NOT NULL CHECK (say_zh <> ''),
    say_en      TEXT COLLATE "C" NOT NULL CHECK (say_en <> ''),
    start_on    DATE NOT NULL,
    due_on      DATE NOT NULL CHECK (due_on >= start_on),
    end_on      DATE NOT NULL CHECK (end_on >= due_on),
    state       TEXT COLLATE "C" NOT NULL CHECK (state IN ('draft', 'ready', 'in-progress', 'completed', 'cancelled', 'failed')),
    reason      TEXT COLLATE "C" NOT NULL CHECK (state <> 'cancelled' OR reason <> ''),
    priority    INTEGER NOT NULL,
    rung        INTEGER NOT NULL CHECK (rung >= 0),
    revision    INTEGER NOT NULL CHECK (revision >= 1)
);
-- A second task with the key of a live one is a duplicate.
CREATE UNIQUE INDEX tasks_one_live ON tasks (key) WHERE state IN ('draft', 'ready', 'in-progress');
CREATE INDEX tasks_key ON tasks (key);
CREATE INDEX tasks_owner ON tasks (owner);
CREATE INDEX tasks_household ON tasks (household);

CREATE TABLE accounts (
    id            TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (id <> ''),
    login         TEXT COLLATE "C" NOT NULL UNIQUE CHECK (login <> ''),
    name          TEXT COLLATE "C" NOT NULL,
    password_hash TEXT COLLATE "C" NOT NULL,
    roles         TEXT COLLATE "C" NOT NULL,
    areas         TEXT COLLATE "C" NOT NULL,
    units         TEXT COLLATE "C" NOT NULL,
    cadre         TEXT COLLATE "C" REFERENCES cadres (id),
    acts_for      TEXT COLLATE "C" NOT NULL,
    lang          TEXT COLLATE "C" NOT NULL CHECK (lang IN ('', 'zh', 'en')),
    disabled      BOOLEAN NOT NULL
);
CREATE INDEX accounts_cadre ON accounts (cadre);

CREATE TABLE invitations (
    code_hash   TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(code_hash) = 64),
    account     TEXT COLLATE "C" NOT NULL REFERENCES accounts (id),
    expires_at  TIMESTAMPTZ NOT NULL,
    used_at     TIMESTAMPTZ
);
CREATE INDEX invitations_account ON invitations (account);

CREATE TABLE sessions (
    token_hash  TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (token_hash <> ''),
    account     TEXT COLLATE "C" NOT NULL REFERENCES accounts (id),
    expires_at  TIMESTAMPTZ NOT NULL
);
CREATE INDEX sessions_account ON sessions (account);

CREATE TABLE sign_ins (
    seq         BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    login       TEXT COLLATE "C" NOT NULL,
    at          TIMESTAMPTZ NOT NULL,
    ok          BOOLEAN NOT NULL
);
CREATE INDEX sign_ins_login ON sign_ins (login, at);

-- The token itself is stored as a hash to find it by and as a ciphertext to show it again to its owner.
CREATE TABLE feed_tokens (
    token_hash      TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(token_hash) = 64),
    token           TEXT COLLATE "C" NOT NULL,
    kind            TEXT COLLATE "C" NOT NULL CHECK (kind IN ('cadre', 'village', 'hall', 'public', 'county')),
    ref             TEXT COLLATE "C" NOT NULL,
    created_at      TIMESTAMPTZ NOT NULL,
    revoked_at      TIMESTAMPTZ,
    last_fetched_at TIMESTAMPTZ,
    last_fetched_by TEXT COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX feed_tokens_one_live ON feed_tokens (kind, ref) WHERE revoked_at IS NULL;

CREATE TABLE settings (
    key         TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (key <> ''),
    value       TEXT COLLATE "C" NOT NULL
);

CREATE TABLE leases (
    name        TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    holder      TEXT COLLATE "C" NOT NULL,
    epoch       BIGINT NOT NULL,
    until_at    TIMESTAMPTZ NOT NULL
);

-- The audit trail: a write is one transaction, its rows say what became of what. before and after are the row's JSON,
-- encrypted under the household's key where household is set. No reference from rows to writes: 60,000 look-ups
-- a batch would buy nothing that the chain does not check. No index by row or household before something asks by it: on
-- random IDs it costs a third of the time of a year's visits.
CREATE TABLE audit_writes (
    seq         BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    at          TIMESTAMPTZ NOT NULL,
    account     TEXT COLLATE "C" NOT NULL,
    actor       TEXT COLLATE "C" NOT NULL,
    operation   TEXT COLLATE "C" NOT NULL CHECK (operation <> ''),
    batch       TEXT COLLATE "C" NOT NULL
);
CREATE INDEX audit_writes_batch ON audit_writes (batch) WHERE batch <> '';

CREATE TABLE audit_rows (
    write_seq   BIGINT NOT NULL,
    no          INTEGER NOT NULL,
    action      TEXT COLLATE "C" NOT NULL CHECK (action IN ('add', 'change', 'delete', 'read')),
    kind        TEXT COLLATE "C" NOT NULL,
    row_id      TEXT COLLATE "C" NOT NULL,
    household   TEXT COLLATE "C" NOT NULL,
    before      BYTEA,
    after       BYTEA,
    PRIMARY KEY (write_seq, no)
);

-- A committed write waits here until the sealer chains it. Waiting rows are found by their presence, never by a
-- number: of two writes the one with the lower number may commit last.
CREATE TABLE audit_pending (
    write_seq   BIGINT NOT NULL PRIMARY KEY REFERENCES audit_writes (seq),
    row_count   INTEGER NOT NULL,
    digest      TEXT COLLATE "C" NOT NULL CHECK (length(digest) = 64)
);

CREATE TABLE audit_chain (
    link        BIGINT NOT NULL PRIMARY KEY,
    write_seq   BIGINT NOT NULL UNIQUE REFERENCES audit_writes (seq),
    row_count   INTEGER NOT NULL,
    digest      TEXT COLLATE "C" NOT NULL CHECK (length(digest) = 64),
    hash        TEXT COLLATE "C" NOT NULL CHECK (length(hash) = 64),
    sealed_at   TIMESTAMPTZ NOT NULL
);

-- +goose StatementBegin
CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit trail is append-only';
END
$$;
-- +goose StatementEnd
CREATE TRIGGER audit_rows_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_rows
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();
CREATE TRIGGER audit_writes_stay BEFORE UPDATE OR DELETE ON audit_writes
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();
CREATE TRIGGER audit_chain_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_chain
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();
