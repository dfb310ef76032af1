-- +goose Up
-- The secret that an endpoint had before, while messages are signed with it too.
ALTER TABLE webhook_endpoints ADD COLUMN old_sealed BLOB;
ALTER TABLE webhook_endpoints ADD COLUMN old_ends_at DATETIME;

-- What is still to be sent, by endpoint: all others are kept for a week.
CREATE INDEX webhook_messages_pending ON webhook_messages (endpoint_id, next_at) WHERE state = 'pending';
