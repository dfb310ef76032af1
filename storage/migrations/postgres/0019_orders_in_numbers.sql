-- +goose Up
-- The instants of orders become numbers, microseconds since 1970, as on SQLite.
ALTER TABLE orders
  ALTER COLUMN placed_at TYPE BIGINT USING (extract(epoch FROM placed_at) * 1000000)::bigint,
  ALTER COLUMN received_at TYPE BIGINT USING (extract(epoch FROM received_at) * 1000000)::bigint;
