-- +goose Up
-- What a store signed with before its secret was changed, and until when that is good.
ALTER TABLE order_sources ADD COLUMN replaced BYTEA;
ALTER TABLE order_sources ADD COLUMN replaced_until TIMESTAMPTZ;
