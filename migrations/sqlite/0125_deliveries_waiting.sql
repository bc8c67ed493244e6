-- +goose Up
-- What has waited for hours is looked for without reading all that waits: a hundred thousand deliveries on a bad morning.
CREATE INDEX deliveries_waiting ON deliveries (created_at) WHERE state = 'ready';

-- A sweep of tasks asks for what the day may change: what begins, what ends, and what has climbed so many rungs and is due since.
CREATE INDEX tasks_to_start ON tasks (start_on) WHERE state = 'draft';
CREATE INDEX tasks_begun ON tasks (start_on) WHERE state IN ('ready', 'in-progress');
CREATE INDEX tasks_to_end ON tasks (end_on) WHERE state IN ('draft', 'ready', 'in-progress');
CREATE INDEX tasks_to_climb ON tasks (rung, due_on, end_on) WHERE state IN ('draft', 'ready', 'in-progress');
