-- +goose Up
-- Where an idea came from, so that importing the same again changes nothing.
CREATE TABLE idea_origins (
  source    TEXT NOT NULL, -- the forum it was taken from, as the importer named it
  remote_id TEXT NOT NULL, -- its number there
  number    INTEGER NOT NULL REFERENCES ideas (number),
  PRIMARY KEY (source, remote_id)
);
