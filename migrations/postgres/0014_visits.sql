-- +goose Up
-- 替访 and 合并走访: who goes in whose place, and whom another unit sends along.
ALTER TABLE visits ADD COLUMN stands_for TEXT COLLATE "C" REFERENCES cadres (id);
ALTER TABLE visits ADD COLUMN companion TEXT COLLATE "C" REFERENCES cadres (id);
CREATE INDEX visits_companion ON visits (companion, held_on);

-- Every change of a field of a visit's record, as it was made, perhaps offline. Never changed; erased with its household. The
-- value is sealed under the household's key, so an erasure makes it unreadable in backups too. There is no instant: when
-- somebody wrote or sent something is nobody's business.
CREATE TABLE visit_edits (
    id        TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (id <> ''),
    visit     TEXT COLLATE "C" NOT NULL REFERENCES visits (id) DEFERRABLE INITIALLY DEFERRED,
    household TEXT COLLATE "C" NOT NULL REFERENCES households (id),
    field     TEXT COLLATE "C" NOT NULL CHECK (field <> ''),
    value     TEXT COLLATE "C" NOT NULL,
    clock     BIGINT NOT NULL CHECK (clock >= 0),
    overs     TEXT COLLATE "C" NOT NULL,
    refused_zh TEXT COLLATE "C" NOT NULL,
    refused_en TEXT COLLATE "C" NOT NULL
);
CREATE INDEX visit_edits_visit ON visit_edits (visit);
CREATE INDEX visit_edits_household ON visit_edits (household);
