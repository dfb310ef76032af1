-- +goose Up
-- A session notes the epoch it began in; a new password begins the next one,
-- which ends all sessions before it.
ALTER TABLE people ADD COLUMN session_epoch INTEGER NOT NULL DEFAULT 0;
CREATE INDEX one_time_links_person ON one_time_links (person_id) WHERE person_id IS NOT NULL;
