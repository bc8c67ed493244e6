-- +goose Up
-- 替访 and 合并走访: who goes in whose place, and whom another unit sends along.
ALTER TABLE visits ADD COLUMN stands_for TEXT REFERENCES cadres (id);
ALTER TABLE visits ADD COLUMN companion TEXT REFERENCES cadres (id);
CREATE INDEX visits_companion ON visits (companion, held_on);

-- Every change of a field of a visit's record, as it was made, perhaps offline. Never changed; erased with its household. The
-- value is sealed under the household's key, so an erasure makes it unreadable in backups too. There is no instant: when
-- somebody wrote or sent something is nobody's business.
CREATE TABLE visit_edits (
    id        TEXT NOT NULL PRIMARY KEY CHECK (id <> ''),
    visit     TEXT NOT NULL REFERENCES visits (id) DEFERRABLE INITIALLY DEFERRED,
    household TEXT NOT NULL REFERENCES households (id),
    field     TEXT NOT NULL CHECK (field <> ''),
    value     TEXT NOT NULL,
    clock     BIGINT NOT NULL CHECK (clock >= 0),
    overs     TEXT NOT NULL,
    refused_zh TEXT NOT NULL,
    refused_en TEXT NOT NULL
);
CREATE INDEX visit_edits_visit ON visit_edits (visit);
CREATE INDEX visit_edits_household ON visit_edits (household);
