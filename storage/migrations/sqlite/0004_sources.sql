-- +goose Up
-- A store that reports its orders by webhook.
CREATE TABLE order_sources (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  name       TEXT NOT NULL UNIQUE, -- stands in the webhook's address
  kind       TEXT NOT NULL, -- shopify, woocommerce or generic
  store      TEXT NOT NULL, -- of its orders
  sealed     BLOB NOT NULL, -- what it signs with
  created_by INTEGER NOT NULL REFERENCES people (id),
  created_at DATETIME NOT NULL
);

-- The latest webhooks of each source, for whoever looks for a mistake: old ones are cut off.
CREATE TABLE hook_deliveries (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  source_id INTEGER NOT NULL REFERENCES order_sources (id),
  at        DATETIME NOT NULL,
  topic     TEXT NOT NULL,
  remote_id TEXT NOT NULL, -- the store's id of the order it was about
  result    TEXT NOT NULL,
  detail    TEXT NOT NULL
);
CREATE INDEX hook_deliveries_source ON hook_deliveries (source_id, id);
