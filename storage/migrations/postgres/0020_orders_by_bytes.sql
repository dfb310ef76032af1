-- +goose Up
-- The keys of orders compare by their bytes, as on SQLite, whatever the language
-- of the database: no language's order is wanted of them, and it takes longer.
ALTER TABLE orders ALTER store TYPE TEXT COLLATE "C", ALTER order_id TYPE TEXT COLLATE "C";
ALTER TABLE order_adjustments ALTER store TYPE TEXT COLLATE "C", ALTER order_id TYPE TEXT COLLATE "C";
ALTER TABLE order_touches ALTER store TYPE TEXT COLLATE "C", ALTER order_id TYPE TEXT COLLATE "C";
-- A run that is under way goes through the orders by their keys: it begins again.
ALTER TABLE attribution_runs ALTER store TYPE TEXT COLLATE "C", ALTER order_id TYPE TEXT COLLATE "C";
UPDATE attribution_runs SET store = '', order_id = '';
