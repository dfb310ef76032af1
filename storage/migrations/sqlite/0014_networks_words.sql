-- +goose Up
-- Keys of the translations of what stands beside them in English; empty where there is none.
ALTER TABLE deliveries ADD COLUMN error_key TEXT NOT NULL DEFAULT '';
ALTER TABLE network_accounts ADD COLUMN problem_key TEXT NOT NULL DEFAULT '';
