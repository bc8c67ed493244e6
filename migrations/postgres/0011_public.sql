-- +goose Up
-- Seats of a reception slot 重点约访. A slot is its day's reception (rcp/2026-03-02), whoever receives: a swap leaves it as it is.
CREATE TABLE reception_seats (
    id      TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (id <> ''),
    slot    TEXT COLLATE "C" NOT NULL CHECK (slot <> ''),
    held_on DATE NOT NULL,
    seat    INTEGER NOT NULL CHECK (seat BETWEEN 1 AND 60),
    UNIQUE (slot, seat)
);

-- Appointments 约访. One seat is held by one appointment at most, and by none that is cancelled: the two constraints below hold
-- that whatever a program does. What the person wrote (name, contact, words) is sealed under a key of the appointment's own,
-- which the purge destroys; the code of the slip is kept as its hash.
CREATE TABLE appointments (
    id        TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (id <> ''),
    slot      TEXT COLLATE "C" NOT NULL,
    held_on   DATE NOT NULL,
    seat      INTEGER,
    state     TEXT COLLATE "C" NOT NULL CHECK (state IN ('booked', 'received', 'absent', 'cancelled')),
    subject   TEXT COLLATE "C" NOT NULL,
    persons   INTEGER NOT NULL CHECK (persons BETWEEN 1 AND 5),
    name      TEXT COLLATE "C" NOT NULL,
    contact   TEXT COLLATE "C" NOT NULL,
    words     TEXT COLLATE "C" NOT NULL,
    code_hash TEXT COLLATE "C" NOT NULL UNIQUE CHECK (length(code_hash) = 64),
    matter    TEXT COLLATE "C" REFERENCES matters (id),
    booked_on DATE NOT NULL,
    purged_on DATE,
    revision  INTEGER NOT NULL CHECK (revision >= 1),
    UNIQUE (slot, seat),
    FOREIGN KEY (slot, seat) REFERENCES reception_seats (slot, seat),
    CHECK ((state = 'cancelled') = (seat IS NULL)),
    CHECK (purged_on IS NULL OR name = '' AND contact = '' AND words = '')
);
CREATE INDEX appointments_held ON appointments (held_on);

-- Who comes without an appointment 现场来访: a running number of the day, how many, about what. No name stands here.
CREATE TABLE walk_ins (
    id      TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (id <> ''),
    slot    TEXT COLLATE "C" NOT NULL CHECK (slot <> ''),
    held_on DATE NOT NULL,
    number  INTEGER NOT NULL CHECK (number >= 1),
    state   TEXT COLLATE "C" NOT NULL CHECK (state IN ('waiting', 'received', 'left')),
    subject TEXT COLLATE "C" NOT NULL,
    persons INTEGER NOT NULL CHECK (persons BETWEEN 1 AND 100000),
    UNIQUE (slot, number)
);
CREATE INDEX walk_ins_held ON walk_ins (held_on);

-- The published notices 公示 of a month: what was hung up on which day, and why less than two days before, if so.
CREATE TABLE reception_notices (
    id        TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (id <> ''),
    held_month TEXT COLLATE "C" NOT NULL CHECK (length(held_month) = 7),
    turn      INTEGER NOT NULL CHECK (turn >= 1),
    issued_on DATE NOT NULL,
    late      TEXT COLLATE "C" NOT NULL CHECK (late IN ('', 'duty', 'holiday', 'first', 'urgent')),
    lines     TEXT COLLATE "C" NOT NULL,
    UNIQUE (held_month, turn)
);
