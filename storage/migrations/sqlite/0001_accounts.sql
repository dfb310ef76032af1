-- +goose Up
CREATE TABLE people (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  email         TEXT NOT NULL DEFAULT '', -- lower case; empty for the service person behind an API key
  name          TEXT NOT NULL,
  role          TEXT NOT NULL,
  locale        TEXT NOT NULL DEFAULT 'en',
  time_zone     TEXT NOT NULL DEFAULT 'UTC',
  password_hash TEXT NOT NULL DEFAULT '',
  service       BOOLEAN NOT NULL DEFAULT FALSE,
  created_at    DATETIME NOT NULL,
  blocked_at    DATETIME
);
CREATE UNIQUE INDEX people_email ON people (email) WHERE email <> '';

CREATE TABLE api_keys (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  person_id    INTEGER NOT NULL REFERENCES people (id), -- the service person the key acts as
  name         TEXT NOT NULL,
  hash         BLOB NOT NULL UNIQUE, -- SHA-256 of the key, which itself is 256 random bits
  hint         TEXT NOT NULL,        -- its last four characters, to tell keys apart
  created_at   DATETIME NOT NULL,
  last_used_at DATETIME,
  revoked_at   DATETIME
);

CREATE TABLE one_time_links (
  hash       BLOB PRIMARY KEY,
  purpose    TEXT NOT NULL,
  person_id  INTEGER REFERENCES people (id),
  created_at DATETIME NOT NULL,
  expires_at DATETIME NOT NULL,
  used_at    DATETIME
);

CREATE TABLE network_accounts (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  network       TEXT NOT NULL,
  name          TEXT NOT NULL,
  handle        TEXT NOT NULL,
  remote_id     TEXT NOT NULL, -- the network's own id of the account
  link_base_url TEXT NOT NULL DEFAULT '',
  sealed        BLOB NOT NULL, -- credentials, AES-256-GCM under the secret key
  expires_at    DATETIME,
  problem       TEXT NOT NULL DEFAULT '', -- why a person must look at it; empty when healthy
  created_by    INTEGER NOT NULL REFERENCES people (id),
  created_at    DATETIME NOT NULL,
  updated_at    DATETIME NOT NULL,
  UNIQUE (network, remote_id)
);

CREATE TABLE audit_events (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  at        DATETIME NOT NULL,
  person_id INTEGER NOT NULL,
  action    TEXT NOT NULL, -- such as 'post.cancel'
  subject   TEXT NOT NULL  -- such as 'post 12'
);
CREATE INDEX audit_events_at ON audit_events (at);

-- The columns that scs's own stores read and write.
CREATE TABLE sessions (
  token  TEXT PRIMARY KEY,
  data   BLOB NOT NULL,
  expiry REAL NOT NULL
);
CREATE INDEX sessions_expiry ON sessions (expiry);

-- A keyed mark of FANFARE_SECRET_KEY: another key must not be used unnoticed.
CREATE TABLE secret_check (
  id   INTEGER PRIMARY KEY CHECK (id = 1),
  mark BLOB NOT NULL
);
