-- +goose Up
-- Images; their content lies in the data folder or in a bucket, under its hash.
CREATE TABLE media (
  hash         TEXT PRIMARY KEY, -- SHA-256 of the content, in hexadecimal
  content_type TEXT NOT NULL,
  bytes        BIGINT NOT NULL,
  width        INTEGER NOT NULL, -- pixels
  height       INTEGER NOT NULL,
  created_by   BIGINT NOT NULL REFERENCES people (id),
  created_at   TIMESTAMPTZ NOT NULL -- of the last upload
);

CREATE TABLE post_media (
  post_id  BIGINT NOT NULL REFERENCES posts (id),
  position INTEGER NOT NULL, -- from 0 on
  hash     TEXT NOT NULL REFERENCES media (hash),
  alt_text TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (post_id, position)
);
CREATE INDEX post_media_hash ON post_media (hash);

-- What a network has been given ahead of a delivery.
CREATE TABLE delivery_media (
  delivery_id BIGINT NOT NULL REFERENCES deliveries (id),
  position    INTEGER NOT NULL,
  remote_id   TEXT NOT NULL,
  expires_at  TIMESTAMPTZ NOT NULL, -- when the network forgets it
  PRIMARY KEY (delivery_id, position)
);

ALTER TABLE deliveries ADD COLUMN images INTEGER NOT NULL DEFAULT 0; -- how many its post has
