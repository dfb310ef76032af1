-- +goose Up
ALTER TABLE campaigns ADD COLUMN attribution_model TEXT NOT NULL DEFAULT 'last_touch';
ALTER TABLE campaigns ADD COLUMN attribution_window INTEGER NOT NULL DEFAULT 2592000000000000; -- nanoseconds: 30 days

-- The touches of orders that came with more than a token, in the order in which they were sent.
CREATE TABLE order_touches (
  store       TEXT NOT NULL,
  order_id    TEXT NOT NULL,
  n           INTEGER NOT NULL,
  token       TEXT NOT NULL, -- as sent
  at          DATETIME NOT NULL,
  campaign_id INTEGER, -- NULL without a link of ours
  post_id     INTEGER,
  delivery_id INTEGER,
  counts      BOOLEAN NOT NULL, -- has a part in its order: who shares an order now is read from here
  PRIMARY KEY (store, order_id, n)
) WITHOUT ROWID;
CREATE INDEX order_touches_campaign ON order_touches (campaign_id, store, order_id) WHERE campaign_id IS NOT NULL;

-- What the store was told first, where another window or model has changed it: a retry gets the same answer.
ALTER TABLE orders ADD COLUMN first_answer TEXT NOT NULL DEFAULT '';

-- Campaigns whose orders are being attributed anew, and how far that has come.
CREATE TABLE attribution_runs (
  campaign_id INTEGER PRIMARY KEY REFERENCES campaigns (id),
  store       TEXT NOT NULL, -- the last order done; empty at the beginning
  order_id    TEXT NOT NULL
);

ALTER TABLE api_keys ADD COLUMN scopes TEXT NOT NULL DEFAULT ''; -- with spaces between them; empty is all that the role allows
ALTER TABLE api_keys ADD COLUMN store TEXT NOT NULL DEFAULT '';  -- the one store whose orders it may send; empty is any
ALTER TABLE api_keys ADD COLUMN rate INTEGER NOT NULL DEFAULT 0; -- requests a second; 0 is as many as come
ALTER TABLE api_keys ADD COLUMN old_hash BLOB;                   -- of the key that this one replaced
ALTER TABLE api_keys ADD COLUMN old_ends_at DATETIME;            -- until when that one works
CREATE UNIQUE INDEX api_keys_old ON api_keys (old_hash) WHERE old_hash IS NOT NULL;
