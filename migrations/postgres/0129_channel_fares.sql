-- +goose Up
-- How a channel fares is asked for whenever its page is looked at: when a provider last took a message and when a try last failed stand at
-- the end of an index, so that nobody groups what was sent in years.
CREATE INDEX deliveries_taken ON deliveries (channel, handed_at) WHERE handed_at IS NOT NULL;
CREATE INDEX deliveries_failing ON deliveries (channel, changed_at DESC, id) WHERE why <> '' AND state IN ('failed', 'uncertain', 'ready');
