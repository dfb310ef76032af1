-- +goose Up
-- On SQLite clicks come to lie in the order of their key; PostgreSQL keeps all
-- tables as heaps.
SELECT 1;
