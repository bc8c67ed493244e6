-- +goose Up
-- The grade 职级 of a cadre, finer than the rank that decides the tier: presets such as 8-7-6-5-4 set loads by it. Empty: not
-- known, the lowest of the rank.
ALTER TABLE cadres ADD COLUMN grade TEXT NOT NULL DEFAULT ''
    CHECK (grade IN ('', 'division', 'deputy-division', 'township', 'deputy-township', 'ordinary'));
-- The office's policy that a plan was made with, in its canonical form, so that whoever verifies or publishes it later means
-- the same by a price. Empty: the preset alone.
ALTER TABLE plans ADD COLUMN policy TEXT NOT NULL DEFAULT '';
