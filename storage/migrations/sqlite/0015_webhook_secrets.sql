-- +goose Up
-- The secret that an endpoint had before, while messages are signed with it too.
ALTER TABLE webhook_endpoints ADD COLUMN old_sealed BLOB;
ALTER TABLE webhook_endpoints ADD COLUMN old_ends_at DATETIME;
