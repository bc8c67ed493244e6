-- +goose Up
-- Receipts are looked up for messages that a provider took, and pushed by gateways under the provider's own number.
CREATE INDEX deliveries_awaiting ON deliveries (channel, next_at) WHERE state = 'handed' AND receipt <> '';
CREATE INDEX deliveries_by_receipt ON deliveries (channel, receipt) WHERE state = 'handed' AND receipt <> '';
