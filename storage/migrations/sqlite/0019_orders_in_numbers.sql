-- +goose Up
-- The instants of orders become numbers: a drop writes a fifth less, and spends
-- nothing on their texts, which are 2026-11-27 12:00:00.25+00:00, always in UTC.
-- Ids need not be remembered past their rows: no order is ever deleted.
CREATE TABLE orders_in_numbers (
  id            INTEGER PRIMARY KEY,
  store         TEXT NOT NULL,
  order_id      TEXT NOT NULL,
  token         TEXT NOT NULL DEFAULT '', -- as sent
  kind          TEXT NOT NULL,
  units         INTEGER NOT NULL,
  total         INTEGER NOT NULL, -- minor units
  currency      TEXT NOT NULL,
  placed_at     INTEGER NOT NULL, -- microseconds since 1970
  customer_hash BLOB, -- keyed hash: enough to recognise a buyer, not to name one
  fingerprint   BLOB NOT NULL, -- hash of what was sent: tells a retry from another order
  campaign_id   INTEGER,
  post_id       INTEGER,
  delivery_id   INTEGER,
  reason        TEXT NOT NULL DEFAULT '', -- why there is no campaign
  received_at   INTEGER NOT NULL, -- microseconds since 1970
  first_answer  TEXT NOT NULL DEFAULT '', -- what the store was told, where that is not what holds now
  UNIQUE (store, order_id)
);
INSERT INTO orders_in_numbers (id, store, order_id, token, kind, units, total, currency, placed_at,
  customer_hash, fingerprint, campaign_id, post_id, delivery_id, reason, received_at, first_answer)
SELECT id, store, order_id, token, kind, units, total, currency,
  strftime('%s', placed_at) * 1000000 + CASE WHEN substr(placed_at, 20, 1) = '.'
    THEN CAST(substr(substr(placed_at, 21, instr(placed_at, '+') - 21) || '000000', 1, 6) AS INTEGER) ELSE 0 END,
  customer_hash, fingerprint, campaign_id, post_id, delivery_id, reason,
  strftime('%s', received_at) * 1000000 + CASE WHEN substr(received_at, 20, 1) = '.'
    THEN CAST(substr(substr(received_at, 21, instr(received_at, '+') - 21) || '000000', 1, 6) AS INTEGER) ELSE 0 END,
  first_answer
FROM orders ORDER BY id;
DROP TABLE orders;
ALTER TABLE orders_in_numbers RENAME TO orders;
