-- +goose Up
CREATE TABLE sales (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  name       TEXT NOT NULL,
  product    TEXT NOT NULL,
  market     TEXT NOT NULL, -- ISO 3166-1 alpha-2
  currency   TEXT NOT NULL, -- ISO 4217
  units      INTEGER NOT NULL,
  opens_at   DATETIME NOT NULL,
  closes_at  DATETIME,
  store_url  TEXT NOT NULL,
  created_by INTEGER NOT NULL REFERENCES people (id),
  created_at DATETIME NOT NULL
);

CREATE TABLE campaigns (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  sale_id    INTEGER NOT NULL REFERENCES sales (id),
  name       TEXT NOT NULL,
  created_by INTEGER NOT NULL REFERENCES people (id),
  created_at DATETIME NOT NULL
);
CREATE INDEX campaigns_sale ON campaigns (sale_id);

CREATE TABLE posts (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  campaign_id   INTEGER NOT NULL REFERENCES campaigns (id),
  text          TEXT NOT NULL, -- with {link}
  due_at        DATETIME NOT NULL,
  expires_after INTEGER NOT NULL DEFAULT 0, -- nanoseconds after due_at; 0 is never
  created_by    INTEGER NOT NULL REFERENCES people (id),
  created_at    DATETIME NOT NULL,
  cancelled_at  DATETIME
);
CREATE INDEX posts_campaign ON posts (campaign_id);
CREATE INDEX posts_due ON posts (due_at);

CREATE TABLE deliveries (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  post_id      INTEGER NOT NULL REFERENCES posts (id),
  campaign_id  INTEGER NOT NULL REFERENCES campaigns (id),
  account_id   INTEGER NOT NULL REFERENCES network_accounts (id),
  network      TEXT NOT NULL,
  text         TEXT NOT NULL, -- as sent, link and all
  text_key     TEXT NOT NULL DEFAULT '', -- hash of the text without its links: two alike cannot be told apart on a timeline
  state        TEXT NOT NULL,
  due_at       DATETIME NOT NULL,
  expires_at   DATETIME,
  attempts     INTEGER NOT NULL DEFAULT 0, -- calls to the network
  wake_at      DATETIME, -- when to act next: go out, give up a lost worker, look again; NULL when nothing but a person can help
  called_at    DATETIME, -- start of the last call to the network, or of the first that came into doubt
  doubted_at   DATETIME, -- since when the last call is in doubt
  doubt        TEXT NOT NULL DEFAULT '', -- why: 'unknown' or 'duplicate'
  doubts       INTEGER NOT NULL DEFAULT 0, -- calls that came into doubt
  published_at DATETIME,
  lateness_us  INTEGER, -- published_at minus due_at
  remote_id    TEXT NOT NULL DEFAULT '',
  remote_url   TEXT NOT NULL DEFAULT '',
  error        TEXT NOT NULL DEFAULT '',
  updated_at   DATETIME NOT NULL
);
CREATE INDEX deliveries_post ON deliveries (post_id);
CREATE INDEX deliveries_campaign ON deliveries (campaign_id);
CREATE INDEX deliveries_text ON deliveries (account_id, text_key);
-- What the sweep looks for: work that is overdue or abandoned, however many posts lie in the future.
CREATE INDEX deliveries_open ON deliveries (wake_at) WHERE state IN ('scheduled', 'publishing', 'in_doubt');

CREATE TABLE links (
  id          INTEGER PRIMARY KEY AUTOINCREMENT, -- below 2^32: a token holds it
  delivery_id INTEGER NOT NULL UNIQUE REFERENCES deliveries (id),
  post_id     INTEGER NOT NULL REFERENCES posts (id),
  campaign_id INTEGER NOT NULL REFERENCES campaigns (id),
  network     TEXT NOT NULL,
  url         TEXT NOT NULL, -- the short address, as posted
  target_url  TEXT NOT NULL, -- the store's address with ref and UTM fields
  created_at  DATETIME NOT NULL
);
CREATE INDEX links_campaign ON links (campaign_id);

CREATE TABLE clicks (
  link_id INTEGER NOT NULL REFERENCES links (id),
  second  INTEGER NOT NULL, -- Unix time
  people  INTEGER NOT NULL,
  bots    INTEGER NOT NULL,
  PRIMARY KEY (link_id, second)
);

-- Sums over clicks, so that no report reads them one second after the other.
CREATE TABLE click_totals (
  link_id INTEGER PRIMARY KEY REFERENCES links (id),
  people  INTEGER NOT NULL,
  bots    INTEGER NOT NULL
);

CREATE TABLE orders (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  store         TEXT NOT NULL,
  order_id      TEXT NOT NULL,
  token         TEXT NOT NULL DEFAULT '', -- as sent
  kind          TEXT NOT NULL,
  units         INTEGER NOT NULL,
  total         INTEGER NOT NULL, -- minor units
  currency      TEXT NOT NULL,
  placed_at     DATETIME NOT NULL,
  customer_hash BLOB, -- keyed hash: enough to recognise a buyer, not to name one
  fingerprint   BLOB NOT NULL, -- hash of what was sent: tells a retry from another order
  campaign_id   INTEGER,
  post_id       INTEGER,
  delivery_id   INTEGER,
  reason        TEXT NOT NULL DEFAULT '', -- why there is no campaign
  received_at   DATETIME NOT NULL,
  UNIQUE (store, order_id)
);

CREATE TABLE order_adjustments (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  store       TEXT NOT NULL,
  order_id    TEXT NOT NULL,
  kind        TEXT NOT NULL, -- cancel or refund; either may come before the order
  key         TEXT NOT NULL, -- the store's own id of it, or its instant: the same one again is a replay
  at          DATETIME NOT NULL,
  units       INTEGER NOT NULL,
  total       INTEGER NOT NULL,
  received_at DATETIME NOT NULL,
  UNIQUE (store, order_id, kind, key)
);

-- Sums over orders, net of adjustments and without test orders, kept in the transactions that change them.
CREATE TABLE order_counts (
  campaign_id INTEGER NOT NULL, -- 0 for orders without one
  span        INTEGER NOT NULL, -- in seconds: each order counts in its second (1) and in its hour (3600)
  at          INTEGER NOT NULL, -- begin of the span in which orders were received, Unix time
  delivery_id INTEGER NOT NULL,
  currency    TEXT NOT NULL,
  shard       INTEGER NOT NULL, -- the row is the sum of its shards: writers need not wait for one another
  orders      INTEGER NOT NULL,
  units       INTEGER NOT NULL,
  total       INTEGER NOT NULL, -- minor units
  PRIMARY KEY (campaign_id, span, at, delivery_id, currency, shard)
) WITHOUT ROWID;

CREATE TABLE switches (
  name       TEXT PRIMARY KEY, -- such as 'paused'
  thrown_by  INTEGER NOT NULL REFERENCES people (id),
  thrown_at  DATETIME NOT NULL
);
