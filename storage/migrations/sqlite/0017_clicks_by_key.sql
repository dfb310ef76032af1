-- +goose Up
-- Clicks by second lie in the order of their key, as all other sums do: reports
-- read them without a look-up for each row, and each click writes into one tree.
CREATE TABLE clicks_by_key (
  link_id INTEGER NOT NULL REFERENCES links (id),
  second  INTEGER NOT NULL, -- Unix time
  people  INTEGER NOT NULL,
  bots    INTEGER NOT NULL,
  PRIMARY KEY (link_id, second)
) WITHOUT ROWID;
INSERT INTO clicks_by_key (link_id, second, people, bots) SELECT link_id, second, people, bots FROM clicks ORDER BY link_id, second;
DROP TABLE clicks;
ALTER TABLE clicks_by_key RENAME TO clicks;
