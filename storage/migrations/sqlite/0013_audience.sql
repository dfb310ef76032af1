-- +goose Up
-- Another name for a link, in place of its token.
ALTER TABLE links ADD COLUMN alias TEXT;
CREATE UNIQUE INDEX links_alias ON links (alias);

-- People's clicks by the hour and by where they came from.
CREATE TABLE click_audience (
  link_id INTEGER NOT NULL REFERENCES links (id),
  at      INTEGER NOT NULL, -- begin of the hour, Unix time
  kind    TEXT NOT NULL, -- 'country', 'device' or 'referrer'
  value   TEXT NOT NULL,
  people  INTEGER NOT NULL,
  PRIMARY KEY (link_id, at, kind, value)
) WITHOUT ROWID;

-- How many visitors a link had in a day (UTC), as a HyperLogLog sketch.
CREATE TABLE click_visitors (
  link_id INTEGER NOT NULL REFERENCES links (id),
  day     INTEGER NOT NULL, -- days since 1970
  sketch  BLOB NOT NULL,
  PRIMARY KEY (link_id, day)
);
