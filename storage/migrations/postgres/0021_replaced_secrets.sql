-- +goose Up
-- What a store signed with before its secret was changed, and until when that is taken.
ALTER TABLE order_sources ADD COLUMN replaced BYTEA;
ALTER TABLE order_sources ADD COLUMN until TIMESTAMPTZ;
