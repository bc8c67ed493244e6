-- +goose Up
-- How each channel does in a worker's process (breaker, failures in a row), as of its last heartbeat: for people and monitoring.
-- No worker reads it: a replica whose own network is broken must not stop the others.
ALTER TABLE notifier_workers ADD COLUMN channels TEXT NOT NULL DEFAULT '[]'; -- JSON
