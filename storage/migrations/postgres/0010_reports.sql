-- +goose Up
-- Each order counts in its minute (span 60) too: a week by minutes is then read from minutes, not from seconds.
INSERT INTO order_counts (campaign_id, span, at, delivery_id, currency, shard, orders, units, total)
SELECT campaign_id, 60, at - at % 60, delivery_id, currency, shard, SUM(orders), SUM(units), SUM(total)
FROM order_counts WHERE span = 1 GROUP BY campaign_id, at - at % 60, delivery_id, currency, shard;

-- Sums over clicks by the minute and the hour, as order_counts has them.
CREATE TABLE click_counts (
  link_id BIGINT NOT NULL REFERENCES links (id),
  span    BIGINT NOT NULL, -- in seconds: 60 or 3600
  at      BIGINT NOT NULL, -- begin of the span, Unix time
  people  BIGINT NOT NULL,
  bots    BIGINT NOT NULL,
  PRIMARY KEY (link_id, span, at)
);
INSERT INTO click_counts (link_id, span, at, people, bots)
SELECT link_id, 60, second - second % 60, SUM(people), SUM(bots) FROM clicks GROUP BY link_id, second - second % 60;
INSERT INTO click_counts (link_id, span, at, people, bots)
SELECT link_id, 3600, second - second % 3600, SUM(people), SUM(bots) FROM clicks GROUP BY link_id, second - second % 3600;

-- Orders that came again and were refused, by the campaign of the one that is kept.
CREATE TABLE order_repeats (
  campaign_id BIGINT NOT NULL, -- 0 for orders without one
  shard       BIGINT NOT NULL, -- as in order_counts
  replays     BIGINT NOT NULL, -- the same order
  conflicts   BIGINT NOT NULL, -- another order under the same id
  PRIMARY KEY (campaign_id, shard)
);
