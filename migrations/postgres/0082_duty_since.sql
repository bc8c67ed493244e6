-- +goose Up
-- From which day of the year somebody counts in a circle of the rota: who joins owes nothing for the days before, however often the
-- year is laid afterwards. NULL: from the first day.
ALTER TABLE duty_balances ADD COLUMN since_on TEXT COLLATE "C";
