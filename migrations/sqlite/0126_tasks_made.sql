-- +goose Up
-- An auditor of reminders asks when a task was made: what was useless by then was never owed.
CREATE INDEX audit_rows_tasks_made ON audit_rows (row_id) WHERE action = 'add' AND kind = 'task';
