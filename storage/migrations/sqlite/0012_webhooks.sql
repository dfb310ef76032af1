-- +goose Up
-- Where others want to be told what happens here.
CREATE TABLE webhook_endpoints (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  url           TEXT NOT NULL,
  events        TEXT NOT NULL, -- the types it wants, with spaces between
  sealed        BLOB NOT NULL, -- what we sign with
  created_by    INTEGER NOT NULL REFERENCES people (id),
  created_at    DATETIME NOT NULL,
  failing_since DATETIME, -- the first failure since the last success
  disabled_at   DATETIME
);

-- One request to make of one endpoint. Its row is the truth, jobs only wake. endpoint_id is no foreign key: an order that
-- is stored while an endpoint is deleted must not fail for it.
CREATE TABLE webhook_messages (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  endpoint_id INTEGER NOT NULL,
  remote_id   TEXT NOT NULL, -- webhook-id, the same each time it is sent
  event       TEXT NOT NULL,
  events      INTEGER NOT NULL, -- how many are in the body
  body        TEXT NOT NULL, -- '' once it was delivered
  state       TEXT NOT NULL, -- pending, delivered or failed
  attempts    INTEGER NOT NULL, -- since it was made, or sent again by a person
  next_at     DATETIME NOT NULL,
  created_at  DATETIME NOT NULL
);
CREATE INDEX webhook_messages_endpoint ON webhook_messages (endpoint_id, id);
CREATE INDEX webhook_messages_made ON webhook_messages (created_at);

-- The latest requests, for whoever looks for a mistake: old ones are cut off.
CREATE TABLE webhook_attempts (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  endpoint_id INTEGER NOT NULL,
  message_id  INTEGER NOT NULL,
  at          DATETIME NOT NULL,
  event       TEXT NOT NULL,
  events      INTEGER NOT NULL,
  attempt     INTEGER NOT NULL, -- from 1
  status      INTEGER NOT NULL, -- of HTTP; 0 without an answer
  duration_ms INTEGER NOT NULL,
  answer      TEXT NOT NULL, -- how it begins
  error       TEXT NOT NULL -- why there was no answer
);
CREATE INDEX webhook_attempts_endpoint ON webhook_attempts (endpoint_id, id);

-- The sales whose end of stock was told of: once each.
CREATE TABLE sold_out_sales (
  sale_id INTEGER PRIMARY KEY REFERENCES sales (id),
  at      DATETIME NOT NULL
);

-- How long after the store's own time of it a webhook came; NULL where the store tells none.
ALTER TABLE hook_deliveries ADD COLUMN lag_ms INTEGER;
