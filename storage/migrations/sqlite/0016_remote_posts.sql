-- +goose Up
-- Whose a post on a network is: no two deliveries are one post.
CREATE INDEX deliveries_remote ON deliveries (network, remote_id) WHERE remote_id <> '';
