-- +goose Up
-- Seats of a reception slot 重点约访. A slot is its day's reception (rcp/2026-03-02), whoever receives: a swap leaves it as it is.
CREATE TABLE reception_seats (
    id      TEXT NOT NULL PRIMARY KEY CHECK (id <> ''),
    slot    TEXT NOT NULL CHECK (slot <> ''),
    held_on TEXT NOT NULL,
    seat    INTEGER NOT NULL CHECK (seat BETWEEN 1 AND 60),
    UNIQUE (slot, seat)
);

-- Appointments 约访. One seat is held by one appointment at most, and by none that is cancelled: the two constraints below hold
-- that whatever a program does. What the person wrote (name, contact, words) is sealed under a key of the appointment's own,
-- which the purge destroys; the code of the slip is kept as its hash.
CREATE TABLE appointments (
    id        TEXT NOT NULL PRIMARY KEY CHECK (id <> ''),
    slot      TEXT NOT NULL,
    held_on   TEXT NOT NULL,
    seat      INTEGER,
    state     TEXT NOT NULL CHECK (state IN ('booked', 'received', 'absent', 'cancelled')),
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
    UNIQUE (slot, seat),
    FOREIGN KEY (slot, seat) REFERENCES reception_seats (slot, seat),
    CHECK ((state = 'cancelled') = (seat IS NULL)),
    CHECK (purged_on IS NULL OR name = '' AND contact = '' AND words = '')
);
CREATE INDEX appointments_held ON appointments (held_on);

-- Who comes without an appointment 现场来访: a running number of the day, how many, about what. No name stands here.
CREATE TABLE walk_ins (
    id      TEXT NOT NULL PRIMARY KEY CHECK (id <> ''),
    slot    TEXT NOT NULL CHECK (slot <> ''),
    held_on TEXT NOT NULL,
    number  INTEGER NOT NULL CHECK (number >= 1),
    state   TEXT NOT NULL CHECK (state IN ('waiting', 'received', 'left')),
    subject TEXT NOT NULL,
    persons INTEGER NOT NULL CHECK (persons BETWEEN 1 AND 100000),
    UNIQUE (slot, number)
);
CREATE INDEX walk_ins_held ON walk_ins (held_on);

-- The published notices 公示 of a month: what was hung up on which day, and why less than two days before, if so.
CREATE TABLE reception_notices (
    id        TEXT NOT NULL PRIMARY KEY CHECK (id <> ''),
    held_month TEXT NOT NULL CHECK (length(held_month) = 7),
    turn      INTEGER NOT NULL CHECK (turn >= 1),
    issued_on TEXT NOT NULL,
    late      TEXT NOT NULL CHECK (late IN ('', 'duty', 'holiday', 'first', 'urgent')),
    lines     TEXT NOT NULL,
    UNIQUE (held_month, turn)
);
