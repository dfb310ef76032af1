-- +goose Up
-- Images; their content lies in the data folder or in a bucket, under its hash.
CREATE TABLE media (
  hash         TEXT PRIMARY KEY, -- SHA-256 of the content, in hexadecimal
  content_type TEXT NOT NULL,
  bytes        INTEGER NOT NULL,
  width        INTEGER NOT NULL, -- pixels
  height       INTEGER NOT NULL,
  created_by   INTEGER NOT NULL REFERENCES people (id),
  created_at   DATETIME NOT NULL -- of the last upload
) WITHOUT ROWID;

CREATE TABLE post_media (
  post_id  INTEGER NOT NULL REFERENCES posts (id),
  position INTEGER NOT NULL, -- from 0 on
  hash     TEXT NOT NULL REFERENCES media (hash),
  alt_text TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (post_id, position)
) WITHOUT ROWID;
CREATE INDEX post_media_hash ON post_media (hash);

-- What a network has been given ahead of a delivery.
CREATE TABLE delivery_media (
  delivery_id INTEGER NOT NULL REFERENCES deliveries (id),
  position    INTEGER NOT NULL,
  remote_id   TEXT NOT NULL,
  expires_at  DATETIME NOT NULL, -- when the network forgets it
  PRIMARY KEY (delivery_id, position)
) WITHOUT ROWID;

ALTER TABLE deliveries ADD COLUMN images INTEGER NOT NULL DEFAULT 0; -- how many its post has
