-- +goose Up
-- What has waited for hours is looked for without reading all that waits: a hundred thousand deliveries on a bad morning.
CREATE INDEX deliveries_waiting ON deliveries (created_at) WHERE state = 'ready';
