-- +goose Up
ALTER TABLE posts ADD COLUMN priority INTEGER NOT NULL DEFAULT 0; -- higher goes first where a network's limit is near
ALTER TABLE deliveries ADD COLUMN priority INTEGER NOT NULL DEFAULT 0; -- its post's
ALTER TABLE deliveries ADD COLUMN held_by TEXT NOT NULL DEFAULT ''; -- the network's limit that keeps it waiting
ALTER TABLE deliveries ADD COLUMN count_at DATETIME; -- when to ask next how the post does; NULL is never
CREATE INDEX deliveries_count ON deliveries (account_id, count_at) WHERE count_at IS NOT NULL;

-- What is left of each network's limits, shared by all processes.
CREATE TABLE budgets (
  owner     TEXT NOT NULL, -- 'account ID', or 'app FINGERPRINT' where the accounts of an app share it
  name      TEXT NOT NULL, -- of the limit, as the connector calls it
  remaining INTEGER NOT NULL, -- calls, until resets_at
  most      INTEGER NOT NULL, -- calls in a window, as the network told; 0 when it did not
  resets_at DATETIME NOT NULL, -- the window's end: after it the row says nothing of what remains
  told      BOOLEAN NOT NULL, -- resets_at is the network's word
  PRIMARY KEY (owner, name)
);

-- How published posts did, as their networks told; NULL is not told.
CREATE TABLE post_counts (
  delivery_id INTEGER NOT NULL REFERENCES deliveries (id),
  at          DATETIME NOT NULL,
  impressions INTEGER,
  likes       INTEGER,
  reposts     INTEGER,
  replies     INTEGER,
  quotes      INTEGER,
  bookmarks   INTEGER,
  PRIMARY KEY (delivery_id, at)
);
