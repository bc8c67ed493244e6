-- +goose Up
-- An answer to an invitation whose sender nobody vouched for waits here until somebody asked the person. One an invitation: a
-- flood of forged answers fills no table. Nothing of the sender is kept.
ALTER TABLE event_invites ADD COLUMN held_partstat TEXT COLLATE "C" NOT NULL DEFAULT '' CHECK (held_partstat IN ('', 'accepted', 'declined', 'tentative'));
ALTER TABLE event_invites ADD COLUMN held_why TEXT COLLATE "C" NOT NULL DEFAULT '' CHECK (held_why IN ('', 'sender', 'unproved'));
ALTER TABLE event_invites ADD COLUMN held_at TIMESTAMPTZ;
