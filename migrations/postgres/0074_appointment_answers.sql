-- +goose Up
-- An appointment is asked for (booked), then accepted (confirmed) or refused by the counter. A refusal has one of four reasons, each of
-- which is a sentence of the rules: there is no room for words about anybody.
ALTER TABLE appointments ADD COLUMN refusal TEXT COLLATE "C" NOT NULL DEFAULT '' CHECK (refusal IN ('', 'scope', 'process', 'final', 'law'));
ALTER TABLE appointments ALTER COLUMN refusal DROP DEFAULT;
ALTER TABLE appointments DROP CONSTRAINT appointments_state_check;
ALTER TABLE appointments ADD CONSTRAINT appointments_state_check CHECK (state IN ('booked', 'confirmed', 'refused', 'received', 'absent', 'cancelled'));
ALTER TABLE appointments DROP CONSTRAINT appointments_check;
ALTER TABLE appointments ADD CONSTRAINT appointments_check CHECK ((state IN ('cancelled', 'refused')) = (seat IS NULL));
ALTER TABLE appointments ADD CHECK ((state = 'refused') = (refusal <> ''));
