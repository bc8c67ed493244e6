-- +goose Up
-- Who sits beside the leader at a reception, where the office's rule asks for a second person [临泽 2020].
ALTER TABLE reception_days ADD COLUMN second TEXT REFERENCES cadres (id);
