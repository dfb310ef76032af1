-- +goose Up
-- Another name for a link, in place of its token.
ALTER TABLE links ADD COLUMN alias TEXT;
CREATE UNIQUE INDEX links_alias ON links (alias);

-- People's clicks by the hour and by where they came from.
CREATE TABLE click_audience (
  link_id BIGINT NOT NULL REFERENCES links (id),
  at      BIGINT NOT NULL, -- begin of the hour, Unix time
  kind    TEXT NOT NULL, -- 'country', 'device' or 'referrer'
  value   TEXT NOT NULL,
  people  BIGINT NOT NULL,
  PRIMARY KEY (link_id, at, kind, value)
);

-- How many visitors a link had in a day (UTC), as a HyperLogLog sketch.
CREATE TABLE click_visitors (
  link_id BIGINT NOT NULL REFERENCES links (id),
  day     BIGINT NOT NULL, -- days since 1970
  sketch  BYTEA NOT NULL,
  PRIMARY KEY (link_id, day)
);

-- The salt of today's visitors, for all processes. The next day deletes it. SQLite has one process, which keeps its own in memory.
CREATE TABLE visitor_salts (
  day  BIGINT PRIMARY KEY, -- days since 1970
  salt BYTEA NOT NULL
);
