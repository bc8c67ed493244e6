-- The nouns of one county, their audit trail and its chain. Civil dates are TEXT YYYY-MM-DD (…_on), instants fixed-width
-- UTC TEXT (…_at), so that text order is time order. Lists that are only ever read with their noun are JSON TEXT.
-- The kinds of events and tasks are planner.EventKind's and planner.TaskKind's to say: they grow with the program.
-- Where the PostgreSQL file differs in more than types, a comment says so.

-- +goose Up
CREATE TABLE areas (
    code        TEXT NOT NULL PRIMARY KEY CHECK (length(code) >= 2),
    name        TEXT NOT NULL CHECK (name <> ''),
    level       TEXT NOT NULL CHECK (level IN ('prefecture', 'county', 'township', 'village', 'group')),
    parent      TEXT REFERENCES areas (code) DEFERRABLE INITIALLY DEFERRED,
    from_on     TEXT,
    until_on    TEXT,
    CHECK (until_on IS NULL OR from_on IS NULL OR from_on < until_on)
);

CREATE TABLE units (
    id          TEXT NOT NULL PRIMARY KEY CHECK (id <> ''),
    code        TEXT NOT NULL UNIQUE CHECK (code <> ''),
    name        TEXT NOT NULL CHECK (name <> ''),
    network     TEXT NOT NULL CHECK (network IN ('bureau', 'station', 'room')),
    area        TEXT REFERENCES areas (code) DEFERRABLE INITIALLY DEFERRED,
    parent      TEXT
);

CREATE TABLE unit_villages (
    unit        TEXT NOT NULL REFERENCES units (id) ON DELETE CASCADE,
    village     TEXT NOT NULL REFERENCES areas (code) DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (unit, village)
) WITHOUT ROWID;

CREATE TABLE cadres (
    id             TEXT NOT NULL PRIMARY KEY CHECK (id <> ''),
    code           TEXT NOT NULL UNIQUE CHECK (code <> ''),
    name           TEXT NOT NULL CHECK (name <> ''),
    unit           TEXT NOT NULL REFERENCES units (id),
    title          TEXT NOT NULL,
    rank           TEXT NOT NULL CHECK (rank IN ('leader', 'section', 'staff')),
    head           BOOLEAN NOT NULL,
    portfolio      TEXT NOT NULL,
    skills         TEXT NOT NULL,
    office_phone   TEXT NOT NULL,
    mobile         TEXT,
    mail           TEXT,
    native_village TEXT REFERENCES areas (code) DEFERRABLE INITIALLY DEFERRED,
    capacity       INTEGER NOT NULL CHECK (capacity BETWEEN 0 AND 1000),
    active         BOOLEAN NOT NULL
);
CREATE INDEX cadres_unit ON cadres (unit);

CREATE TABLE cadre_leaves (
    cadre       TEXT NOT NULL REFERENCES cadres (id) ON DELETE CASCADE,
    place       INTEGER NOT NULL,
    from_on     TEXT,
    until_on    TEXT,
    reason      TEXT NOT NULL,
    PRIMARY KEY (cadre, place),
    CHECK (until_on IS NULL OR from_on IS NULL OR from_on < until_on)
) WITHOUT ROWID;

CREATE TABLE households (
    id            TEXT NOT NULL PRIMARY KEY CHECK (id <> ''),
    code          TEXT NOT NULL UNIQUE CHECK (code <> ''),
    village       TEXT NOT NULL REFERENCES areas (code) DEFERRABLE INITIALLY DEFERRED,
    group_area    TEXT REFERENCES areas (code) DEFERRABLE INITIALLY DEFERRED,
    head          TEXT NOT NULL,
    guide         TEXT NOT NULL,
    contact       TEXT,
    hours         TEXT NOT NULL CHECK (hours IN ('any', 'morning', 'afternoon', 'evening')),
    consent       TEXT NOT NULL CHECK (consent IN ('given', 'unasked', 'declined', 'withdrawn')),
    needs         TEXT NOT NULL,
    mute_until_on TEXT,
    per_year      INTEGER NOT NULL CHECK (per_year BETWEEN 0 AND 366),
    active        BOOLEAN NOT NULL
);
CREATE INDEX households_village ON households (village);

-- One data key per household, wrapped under the key file. Erasure empties wrapped and so makes every audit payload of
-- the household unreadable. No reference to households: the key outlives an undone import, as the trail does.
CREATE TABLE household_keys (
    household    TEXT NOT NULL PRIMARY KEY,
    wrapped      TEXT,
    destroyed_at TEXT,
    CHECK ((wrapped IS NULL) = (destroyed_at IS NOT NULL))
) WITHOUT ROWID;

CREATE TABLE recusals (
    id          TEXT NOT NULL PRIMARY KEY,
    cadre       TEXT NOT NULL REFERENCES cadres (id),
    household   TEXT REFERENCES households (id),
    village     TEXT REFERENCES areas (code),
    kind        TEXT NOT NULL CHECK (kind IN ('declared', 'requested', 'ordered')),
    CHECK ((household IS NULL) <> (village IS NULL))
);
CREATE INDEX recusals_cadre ON recusals (cadre);
CREATE INDEX recusals_household ON recusals (household);

CREATE TABLE imports (
    id          TEXT NOT NULL PRIMARY KEY,
    at          TEXT NOT NULL,
    actor       TEXT NOT NULL,
    files       TEXT NOT NULL,
    row_count   INTEGER NOT NULL CHECK (row_count >= 0),
    undone_at   TEXT
);

CREATE TABLE plans (
    id           TEXT NOT NULL PRIMARY KEY CHECK (id <> ''),
    period       INTEGER NOT NULL CHECK (period BETWEEN 1900 AND 9999),
    status       TEXT NOT NULL CHECK (status IN ('draft', 'review', 'published', 'superseded', 'withdrawn')),
    preset       TEXT NOT NULL,
    book         TEXT NOT NULL,
    revision     INTEGER NOT NULL CHECK (revision >= 0),
    from_on      TEXT,
    until_on     TEXT,
    pins         TEXT NOT NULL,
    certificates TEXT NOT NULL,
    watches      TEXT NOT NULL,
    CHECK (until_on IS NULL OR from_on IS NULL OR from_on < until_on)
);
CREATE INDEX plans_period ON plans (period, revision);
-- One published plan per period, whatever two planners press at once.
CREATE UNIQUE INDEX plans_one_published ON plans (period) WHERE status = 'published';

CREATE TABLE pairings (
    id          TEXT NOT NULL PRIMARY KEY CHECK (id <> ''),
    plan        TEXT NOT NULL REFERENCES plans (id),
    tier        TEXT NOT NULL CHECK (tier IN ('leader-village', 'section-group', 'cadre-household')),
    cadre       TEXT NOT NULL REFERENCES cadres (id),
    household   TEXT REFERENCES households (id),
    area        TEXT REFERENCES areas (code),
    price       BIGINT NOT NULL,
    reasons     TEXT NOT NULL,
    origin      TEXT NOT NULL CHECK (origin IN ('solver', 'pin', 'import')),
    was         TEXT REFERENCES cadres (id),
    CHECK ((household IS NULL) <> (area IS NULL)),
    CHECK ((tier = 'cadre-household') = (household IS NOT NULL)),
    UNIQUE (plan, household),       -- a household has exactly one cadre in a plan
    UNIQUE (plan, tier, area, cadre)
);
CREATE INDEX pairings_cadre ON pairings (cadre);
CREATE INDEX pairings_household ON pairings (household);

CREATE TABLE events (
    id            TEXT NOT NULL PRIMARY KEY CHECK (id <> ''),
    key           TEXT NOT NULL UNIQUE CHECK (key <> ''),
    uid           TEXT NOT NULL UNIQUE CHECK (uid <> ''),
    kind          TEXT NOT NULL CHECK (kind <> ''),
    held_on       TEXT NOT NULL,
    from_min      INTEGER NOT NULL CHECK (from_min BETWEEN 0 AND 1440),
    until_min     INTEGER NOT NULL CHECK (until_min BETWEEN from_min AND 1440),
    nominal_on    TEXT,
    why_zh        TEXT NOT NULL,
    why_en        TEXT NOT NULL,
    cadre         TEXT REFERENCES cadres (id),
    village       TEXT REFERENCES areas (code),
    place         TEXT NOT NULL,
    status        TEXT NOT NULL CHECK (status IN ('tentative', 'confirmed', 'cancelled')),
    sequence      INTEGER NOT NULL CHECK (sequence >= 0),
    digest        TEXT NOT NULL,
    created_at    TEXT,
    changed_at    TEXT
);
CREATE INDEX events_on ON events (held_on);
CREATE INDEX events_cadre ON events (cadre, held_on);

CREATE TABLE visits (
    id          TEXT NOT NULL PRIMARY KEY CHECK (id <> ''),
    event       TEXT REFERENCES events (id),
    cadre       TEXT NOT NULL REFERENCES cadres (id),
    household   TEXT NOT NULL REFERENCES households (id),
    held_on     TEXT NOT NULL,
    stop        INTEGER NOT NULL CHECK (stop >= 0),
    hours       TEXT NOT NULL CHECK (hours IN ('any', 'morning', 'afternoon', 'evening')),
    state       TEXT NOT NULL CHECK (state IN ('planned', 'done', 'not-home', 'declined', 'moved', 'cancelled'))
);
-- Nobody comes twice to one door on one day.
CREATE UNIQUE INDEX visits_one_a_day ON visits (household, held_on) WHERE state = 'planned';
CREATE INDEX visits_cadre ON visits (cadre, held_on);
CREATE INDEX visits_event ON visits (event);

CREATE TABLE tasks (
    id          TEXT NOT NULL PRIMARY KEY CHECK (id <> ''),
    key         TEXT NOT NULL CHECK (key <> ''),
    kind        TEXT NOT NULL CHECK (kind <> ''),
    owner       TEXT NOT NULL REFERENCES cadres (id),
    household   TEXT REFERENCES households (id),
    say_zh      TEXT NOT NULL CHECK (say_zh <> ''),
    say_en      TEXT NOT NULL CHECK (say_en <> ''),
    start_on    TEXT NOT NULL,
    due_on      TEXT NOT NULL CHECK (due_on >= start_on),
    end_on      TEXT NOT NULL CHECK (end_on >= due_on),
    state       TEXT NOT NULL CHECK (state IN ('draft', 'ready', 'in-progress', 'completed', 'cancelled', 'failed')),
    reason      TEXT NOT NULL CHECK (state <> 'cancelled' OR reason <> ''),
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
    id            TEXT NOT NULL PRIMARY KEY CHECK (id <> ''),
    login         TEXT NOT NULL UNIQUE CHECK (login <> ''),
    name          TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    roles         TEXT NOT NULL,
    areas         TEXT NOT NULL,
    units         TEXT NOT NULL,
    cadre         TEXT REFERENCES cadres (id),
    acts_for      TEXT NOT NULL,
    lang          TEXT NOT NULL CHECK (lang IN ('', 'zh', 'en')),
    disabled      BOOLEAN NOT NULL
);
CREATE INDEX accounts_cadre ON accounts (cadre);

CREATE TABLE invitations (
    code_hash   TEXT NOT NULL PRIMARY KEY CHECK (length(code_hash) = 64),
    account     TEXT NOT NULL REFERENCES accounts (id),
    expires_at  TEXT NOT NULL,
    used_at     TEXT
);
CREATE INDEX invitations_account ON invitations (account);

CREATE TABLE sessions (
    token_hash  TEXT NOT NULL PRIMARY KEY CHECK (token_hash <> ''),
    account     TEXT NOT NULL REFERENCES accounts (id),
    expires_at  TEXT NOT NULL
);
CREATE INDEX sessions_account ON sessions (account);

CREATE TABLE sign_ins (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT,  -- PostgreSQL: identity
    login       TEXT NOT NULL,
    at          TEXT NOT NULL,
    ok          BOOLEAN NOT NULL
);
CREATE INDEX sign_ins_login ON sign_ins (login, at);

-- The token itself is stored as a hash to find it by and as a ciphertext to show it again to its owner.
CREATE TABLE feed_tokens (
    token_hash      TEXT NOT NULL PRIMARY KEY CHECK (length(token_hash) = 64),
    token           TEXT NOT NULL,
    kind            TEXT NOT NULL CHECK (kind IN ('cadre', 'village', 'hall', 'public', 'county')),
    ref             TEXT NOT NULL,
    created_at      TEXT NOT NULL,
    revoked_at      TEXT,
    last_fetched_at TEXT,
    last_fetched_by TEXT NOT NULL
);
CREATE UNIQUE INDEX feed_tokens_one_live ON feed_tokens (kind, ref) WHERE revoked_at IS NULL;

CREATE TABLE settings (
    key         TEXT NOT NULL PRIMARY KEY CHECK (key <> ''),
    value       TEXT NOT NULL
);

CREATE TABLE leases (
    name        TEXT NOT NULL PRIMARY KEY,
    holder      TEXT NOT NULL,
    epoch       BIGINT NOT NULL,
    until_at    TEXT NOT NULL
);

-- The audit trail: a write is one transaction, its rows say what became of what. before and after are the row's JSON,
-- encrypted under the household's key where household is set. No reference from rows to writes: 60,000 look-ups
-- a batch would buy nothing that the chain does not check. No index by row or household before something asks by it: on
-- random IDs it costs a third of the time of a year's visits.
CREATE TABLE audit_writes (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT,  -- PostgreSQL: identity
    at          TEXT NOT NULL,
    account     TEXT NOT NULL,
    actor       TEXT NOT NULL,
    operation   TEXT NOT NULL CHECK (operation <> ''),
    batch       TEXT NOT NULL
);
CREATE INDEX audit_writes_batch ON audit_writes (batch) WHERE batch <> '';

CREATE TABLE audit_rows (
    write_seq   INTEGER NOT NULL,
    no          INTEGER NOT NULL,
    action      TEXT NOT NULL CHECK (action IN ('add', 'change', 'delete', 'read')),
    kind        TEXT NOT NULL,
    row_id      TEXT NOT NULL,
    household   TEXT NOT NULL,
    before      BLOB,
    after       BLOB,
    PRIMARY KEY (write_seq, no)
) WITHOUT ROWID;

-- A committed write waits here until the sealer chains it. Waiting rows are found by their presence, never by a
-- number: of two writes the one with the lower number may commit last.
CREATE TABLE audit_pending (
    write_seq   INTEGER NOT NULL PRIMARY KEY REFERENCES audit_writes (seq),
    row_count   INTEGER NOT NULL,
    digest      TEXT NOT NULL CHECK (length(digest) = 64)
);

CREATE TABLE audit_chain (
    link        INTEGER NOT NULL PRIMARY KEY,
    write_seq   INTEGER NOT NULL UNIQUE REFERENCES audit_writes (seq),
    row_count   INTEGER NOT NULL,
    digest      TEXT NOT NULL CHECK (length(digest) = 64),
    hash        TEXT NOT NULL CHECK (length(hash) = 64),
    sealed_at   TEXT NOT NULL
);

-- +goose StatementBegin
CREATE TRIGGER audit_rows_stay BEFORE UPDATE ON audit_rows BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_rows_last BEFORE DELETE ON audit_rows BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_writes_stay BEFORE UPDATE ON audit_writes BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_writes_last BEFORE DELETE ON audit_writes BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_chain_stay BEFORE UPDATE ON audit_chain BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_chain_last BEFORE DELETE ON audit_chain BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
-- +goose StatementEnd
