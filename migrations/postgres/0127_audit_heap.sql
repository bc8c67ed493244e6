-- +goose Up
-- SQLite alone keeps the trail otherwise from now on: here rows have always stood beside their key.
SELECT 1;
