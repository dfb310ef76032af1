-- +goose Up
CREATE TABLE ideas (
  number       INTEGER PRIMARY KEY AUTOINCREMENT,
  title        TEXT NOT NULL,
  body         TEXT NOT NULL,
  locale       TEXT NOT NULL,
  author_id    INTEGER NOT NULL REFERENCES people (id),
  status       TEXT NOT NULL DEFAULT 'open',
  response     TEXT NOT NULL DEFAULT '', -- the official answer
  responded_by INTEGER REFERENCES people (id),
  responded_at DATETIME,
  votes        INTEGER NOT NULL DEFAULT 0, -- the votes that stand and count
  votes_30d    INTEGER NOT NULL DEFAULT 0, -- of them, those of the last 30 days; refreshed hourly
  comments     INTEGER NOT NULL DEFAULT 0, -- those that are not hidden
  trend        DOUBLE PRECISION NOT NULL DEFAULT -1000000000, -- log2 of the sum over votes of 2^(t/14 d), t since 1970; -10^9 without votes
  created_at   DATETIME NOT NULL,
  hidden_at    DATETIME
);
CREATE INDEX ideas_top ON ideas (votes DESC, votes_30d DESC, created_at, number);
CREATE INDEX ideas_trending ON ideas (trend DESC, number);
CREATE INDEX ideas_recent ON ideas (created_at DESC, number DESC);
CREATE INDEX ideas_discussed ON ideas (comments DESC, votes DESC, number);
CREATE INDEX ideas_author ON ideas (author_id, created_at);

CREATE TABLE idea_tags (
  idea INTEGER NOT NULL REFERENCES ideas (number),
  tag  TEXT NOT NULL,
  PRIMARY KEY (idea, tag)
);
CREATE INDEX idea_tags_tag ON idea_tags (tag, idea);

-- A vote taken back keeps its row, so that a ranking as of any day can be made again.
CREATE TABLE votes (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  idea       INTEGER NOT NULL REFERENCES ideas (number),
  person_id  INTEGER NOT NULL REFERENCES people (id),
  cast_at    DATETIME NOT NULL,
  removed_at DATETIME
);
CREATE UNIQUE INDEX votes_standing ON votes (idea, person_id) WHERE removed_at IS NULL;
CREATE INDEX votes_idea ON votes (idea, cast_at);
CREATE INDEX votes_person ON votes (person_id);

CREATE TABLE comments (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  idea       INTEGER NOT NULL REFERENCES ideas (number),
  author_id  INTEGER NOT NULL REFERENCES people (id),
  body       TEXT NOT NULL,
  created_at DATETIME NOT NULL,
  hidden_at  DATETIME
);
CREATE INDEX comments_idea ON comments (idea, id);
CREATE INDEX comments_author ON comments (author_id, created_at);
CREATE INDEX comments_recent ON comments (created_at);

-- Words and CJK bigrams, made in Go; rowid is the idea's number. The ascii
-- tokenizer splits at the spaces between them and nowhere else: every other
-- character of a term is a letter, a digit or not ASCII.
CREATE VIRTUAL TABLE idea_search USING fts5 (
  terms, tokenize = 'ascii', content = '', contentless_delete = 1, detail = none
);
