-- +goose Up
-- How an account's credentials are kept alive: '' by keys given anew,
-- 'sign_in' by a person who signs in at the network, 'itself' by this service.
ALTER TABLE network_accounts ADD COLUMN renewal TEXT NOT NULL DEFAULT '';
UPDATE network_accounts SET renewal = 'sign_in' WHERE network = 'weibo' OR expires_at IS NOT NULL;

-- The lease of who is renewing: no second process may use the refresh token.
ALTER TABLE network_accounts ADD COLUMN renewing_until TIMESTAMPTZ;
-- After a renewal of which nobody knows what became, it rests until then.
ALTER TABLE network_accounts ADD COLUMN renew_after TIMESTAMPTZ;
-- Counts leases and new connections: credentials are replaced only by who
-- still holds the newest.
ALTER TABLE network_accounts ADD COLUMN renewals BIGINT NOT NULL DEFAULT 0;

-- Who was told by mail that a token ends in so many days.
CREATE TABLE expiry_warnings (
  account_id BIGINT NOT NULL REFERENCES network_accounts (id),
  person_id  BIGINT NOT NULL REFERENCES people (id),
  days       INTEGER NOT NULL, -- the threshold: 7, 3 or 1
  sent_at    TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (account_id, person_id, days)
);
