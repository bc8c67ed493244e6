-- +goose Up
-- An appointment is asked for (booked), then accepted (confirmed) or refused by the counter. A refusal has one of four reasons, each of
-- which is a sentence of the rules: there is no room for words about anybody.
CREATE TABLE appointments_next (
    id        TEXT NOT NULL PRIMARY KEY CHECK (id <> ''),
    slot      TEXT NOT NULL,
    held_on   TEXT NOT NULL,
    seat      INTEGER,
    state     TEXT NOT NULL CHECK (state IN ('booked', 'confirmed', 'refused', 'received', 'absent', 'cancelled')),
    subject   TEXT NOT NULL,
    persons   INTEGER NOT NULL CHECK (persons BETWEEN 1 AND 5),
    name      TEXT NOT NULL,
    contact   TEXT NOT NULL,
    words     TEXT NOT NULL,
    code_hash TEXT NOT NULL UNIQUE CHECK (length(code_hash) = 64),
    matter    TEXT REFERENCES matters (id),
    booked_on TEXT NOT NULL,
    purged_on TEXT,
    revision  INTEGER NOT NULL CHECK (revision >= 1),
    refusal   TEXT NOT NULL CHECK (refusal IN ('', 'scope', 'process', 'final', 'law')),
    UNIQUE (slot, seat),
    FOREIGN KEY (slot, seat) REFERENCES reception_seats (slot, seat),
    CHECK ((state IN ('cancelled', 'refused')) = (seat IS NULL)),
    CHECK ((state = 'refused') = (refusal <> '')),
    CHECK (purged_on IS NULL OR name = '' AND contact = '' AND words = '')
);
INSERT INTO appointments_next (id, slot, held_on, seat, state, subject, persons, name, contact, words, code_hash, matter, booked_on, purged_on, revision, refusal)
    SELECT id, slot, held_on, seat, state, subject, persons, name, contact, words, code_hash, matter, booked_on, purged_on, revision, '' FROM appointments;
DROP TABLE appointments;
ALTER TABLE appointments_next RENAME TO appointments;
CREATE INDEX appointments_held ON appointments (held_on);
