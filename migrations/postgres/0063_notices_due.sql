-- +goose Up
-- The ledger is compared with what is owed, and shown, by due instant: neither reads it whole.
CREATE INDEX notices_due ON notices (due_at);
