-- +goose Up

-- What is written once, when the database is made, and holds for ever.
CREATE TABLE meta (
  key   TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- A source: what the configuration says of it (rewritten at each start and
-- reload), what its feed says of itself, and how its polling stands.
CREATE TABLE source (
  id             TEXT NOT NULL PRIMARY KEY,
  url            TEXT NOT NULL,               -- as configured
  title          TEXT NOT NULL DEFAULT '',    -- as configured; empty: the feed's own
  section        TEXT NOT NULL DEFAULT '',
  tags           TEXT NOT NULL DEFAULT '[]',
  rights         TEXT NOT NULL DEFAULT 'full' CHECK (rights IN ('full', 'excerpt')),
  canonical      TEXT NOT NULL DEFAULT 'self' CHECK (canonical IN ('self', 'source')),
  license        TEXT NOT NULL DEFAULT '',
  position       INTEGER NOT NULL DEFAULT 0,  -- its place in the configuration
  configured     INTEGER NOT NULL DEFAULT 1 CHECK (configured IN (0, 1)),
  paused_config  INTEGER NOT NULL DEFAULT 0 CHECK (paused_config IN (0, 1)),
  paused         INTEGER NOT NULL DEFAULT 0 CHECK (paused IN (0, 1)), -- by `source pause`
  -- the feed's own words
  feed_id        TEXT NOT NULL DEFAULT '',
  feed_title     TEXT NOT NULL DEFAULT '',
  feed_link      TEXT NOT NULL DEFAULT '',
  feed_updated   INTEGER,
  language       TEXT NOT NULL DEFAULT '',
  repairs        TEXT NOT NULL DEFAULT '[]',  -- what had to be mended in its last document
  imported_at    INTEGER,                     -- the end of its first import
  entries        INTEGER NOT NULL DEFAULT 0,  -- articles of this source
  identity       TEXT NOT NULL DEFAULT '',    -- what tells its entries apart, '' their ids
  strikes        INTEGER NOT NULL DEFAULT 0,  -- known ids that it gave to other entries
  own            INTEGER NOT NULL DEFAULT 0,  -- entries of its last document that are our own
  stale          INTEGER NOT NULL DEFAULT 0,  -- and those that are older than what we have
  watched        INTEGER NOT NULL DEFAULT 0 CHECK (watched IN (0, 1)), -- an entry is gone from its last document: the next one decides
  purged         INTEGER,                     -- when old entries of it were last looked for
  -- polling
  etag           TEXT NOT NULL DEFAULT '',
  last_modified  TEXT NOT NULL DEFAULT '',
  validators_for TEXT NOT NULL DEFAULT '',    -- the address the validators belong to
  body_hash      BLOB,
  next_due       INTEGER,                     -- NULL: never polled, due at once
  reason         TEXT NOT NULL DEFAULT '',    -- which rule set next_due
  state          TEXT NOT NULL DEFAULT 'active',
  last_pass      INTEGER,
  last_success   INTEGER,
  last_new       INTEGER,
  errors         INTEGER NOT NULL DEFAULT 0,  -- failed passes in a row
  error          TEXT NOT NULL DEFAULT '',
  error_since    INTEGER,
  poll           TEXT NOT NULL DEFAULT '{}'   -- what else the schedule remembers, as JSON
) STRICT;

-- An article. seq is the order of arrival; id is what the world sees.
CREATE TABLE article (
  seq              INTEGER PRIMARY KEY,
  id               TEXT NOT NULL UNIQUE,
  source           TEXT NOT NULL REFERENCES source (id),
  guid             TEXT NOT NULL,
  status           TEXT NOT NULL CHECK (status IN ('incoming', 'published', 'rejected', 'scheduled', 'withdrawn')),
  slug             TEXT NOT NULL,
  headline         TEXT NOT NULL,
  link             TEXT NOT NULL,             -- of the original, '' where there is none
  author           TEXT NOT NULL,
  language         TEXT NOT NULL,
  section          TEXT NOT NULL,
  tags             TEXT NOT NULL,
  key_points       TEXT NOT NULL,
  summary          TEXT NOT NULL,             -- plain text, for lists
  image            TEXT NOT NULL,             -- JSON, '' where there is none
  enclosures       TEXT NOT NULL,
  words            INTEGER NOT NULL,
  source_published INTEGER,                   -- the source's own date, as it gave it
  source_updated   INTEGER,
  first_seen       INTEGER NOT NULL,
  published        INTEGER,
  updated          INTEGER,                   -- significant changes only (A10); no two alike (A3)
  scheduled        INTEGER,
  withdrawn        INTEGER,
  reason           TEXT NOT NULL DEFAULT '',  -- of a withdrawal, for readers
  correction       TEXT NOT NULL DEFAULT '',  -- the latest, for readers
  corrected        INTEGER,
  curated          TEXT NOT NULL DEFAULT '[]',-- fields an editor has set: the source changes them no more
  comments         INTEGER NOT NULL DEFAULT 0,-- approved ones
  comments_updated INTEGER,                   -- when the visible thread last changed
  note             TEXT NOT NULL DEFAULT '',  -- from the desk, for readers
  thread           TEXT NOT NULL DEFAULT '' CHECK (thread IN ('', 'on', 'off', 'closed')), -- '' as the configuration says
  body             TEXT NOT NULL,             -- cleaned HTML; last, for it is long
  UNIQUE (source, guid),
  CHECK ((status IN ('published', 'withdrawn')) = (published IS NOT NULL)),
  CHECK ((published IS NULL) = (updated IS NULL)),
  CHECK (updated >= published),
  CHECK ((status = 'withdrawn') = (withdrawn IS NOT NULL))
) STRICT;

-- One index for each list that is served newest first.
CREATE INDEX article_published ON article (status, published, seq);
CREATE INDEX article_section   ON article (section, published, seq) WHERE status = 'published';
CREATE INDEX article_source    ON article (source, published, seq) WHERE status = 'published';
CREATE INDEX article_withdrawn ON article (withdrawn) WHERE withdrawn IS NOT NULL;
CREATE INDEX article_withdrawn_section   ON article (section, withdrawn) WHERE withdrawn IS NOT NULL;
CREATE INDEX article_withdrawn_source    ON article (source, withdrawn) WHERE withdrawn IS NOT NULL;
CREATE INDEX article_withdrawn_published ON article (published) WHERE withdrawn IS NOT NULL;
CREATE INDEX article_status    ON article (status, seq);
CREATE UNIQUE INDEX article_updated ON article (updated) WHERE updated IS NOT NULL;
CREATE INDEX article_scheduled ON article (scheduled) WHERE scheduled IS NOT NULL;

-- SQLite alone: what the desk narrows the list of what waits by, so that no filter
-- of it reads the articles themselves.
CREATE INDEX article_incoming ON article (status, seq, source, section, language, headline) WHERE status = 'incoming';

-- The tags of published articles, with what their lists are sorted by.
CREATE TABLE article_tag (
  tag       TEXT NOT NULL,
  published INTEGER NOT NULL,
  article   INTEGER NOT NULL REFERENCES article (seq) ON DELETE CASCADE,
  PRIMARY KEY (tag, published, article)
) STRICT, WITHOUT ROWID;
CREATE INDEX article_tag_article ON article_tag (article);

-- The entry an article was made from, as it arrived, and what it is known again
-- by: link, path and title are hashes, 0 of none.
CREATE TABLE entry (
  article     INTEGER NOT NULL PRIMARY KEY REFERENCES article (seq) ON DELETE CASCADE,
  source      TEXT NOT NULL,                  -- the article's
  present     INTEGER NOT NULL DEFAULT 1 CHECK (present IN (0, 1, 2)), -- 1: in the latest document, 2: gone from one and watched, 0: gone
  seen        INTEGER,                        -- when it left, NULL while it is present
  link        INTEGER NOT NULL DEFAULT 0,
  path        INTEGER NOT NULL DEFAULT 0,     -- the link without its host
  title       INTEGER NOT NULL DEFAULT 0,
  fingerprint BLOB NOT NULL,
  changed     INTEGER NOT NULL,               -- when raw was last replaced
  updates     INTEGER NOT NULL DEFAULT 0,     -- in a row that moved no date
  why         TEXT NOT NULL DEFAULT '',       -- what it was known by
  retracted   INTEGER,                        -- when the source took it back
  resurfaced  INTEGER,                        -- when it came back after a month or more
  given       TEXT NOT NULL DEFAULT '[]',     -- hashes of headline, key points and body as the source gave them
  sketch      BLOB,                           -- of the text, see likeness
  raw         BLOB NOT NULL                   -- compressed JSON of feed.Entry
) STRICT;
CREATE INDEX entry_present ON entry (source) WHERE present > 0;
CREATE INDEX entry_gone    ON entry (source, seen) WHERE present = 0;
CREATE INDEX entry_link    ON entry (link, source) WHERE link <> 0;
CREATE INDEX entry_title   ON entry (title, source) WHERE title <> 0;

-- Further ids of a source for an article, besides its guid.
CREATE TABLE alias (
  source  TEXT NOT NULL,
  guid    TEXT NOT NULL,
  article INTEGER NOT NULL REFERENCES article (seq) ON DELETE CASCADE,
  why     TEXT NOT NULL,                      -- what the entry was known by when it first had it
  PRIMARY KEY (source, guid)
) STRICT, WITHOUT ROWID;
CREATE INDEX alias_article ON alias (article);

-- What a source's latest document tells of its entries by their bytes, so that
-- those that stand in the next one unchanged need not be read (see poll.Last).
CREATE TABLE document (
  source TEXT NOT NULL PRIMARY KEY REFERENCES source (id) ON DELETE CASCADE,
  marks  BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- The keys of articles that were purged: they do not come back.
CREATE TABLE tombstone (
  source TEXT NOT NULL,
  guid   TEXT NOT NULL,
  seen   INTEGER NOT NULL,                    -- when a document last had it
  PRIMARY KEY (source, guid)
) STRICT, WITHOUT ROWID;
CREATE INDEX tombstone_seen ON tombstone (seen);

-- What an article was before each accepted change.
CREATE TABLE revision (
  seq         INTEGER PRIMARY KEY,
  article     INTEGER NOT NULL REFERENCES article (seq) ON DELETE CASCADE,
  at          INTEGER NOT NULL,               -- until when it was so
  actor       TEXT NOT NULL,                  -- who changed it: worker, shell, an editor's name
  significant INTEGER NOT NULL CHECK (significant IN (0, 1)), -- whether the change was
  headline    TEXT NOT NULL,
  summary     TEXT NOT NULL,
  key_points  TEXT NOT NULL,
  section     TEXT NOT NULL,
  tags        TEXT NOT NULL,
  slug        TEXT NOT NULL,
  body        TEXT NOT NULL
) STRICT;
CREATE INDEX revision_article ON revision (article, seq);

-- What a source changed and an editor has to decide on.
CREATE TABLE pending (
  article     INTEGER NOT NULL PRIMARY KEY REFERENCES article (seq) ON DELETE CASCADE,
  at          INTEGER NOT NULL,
  fields      TEXT NOT NULL,                  -- which wait, as JSON
  distance    INTEGER NOT NULL,               -- characters, as far as they were counted
  fingerprint BLOB NOT NULL,
  raw         BLOB NOT NULL
) STRICT;

-- What the rules of the configuration said of an article, when they last looked.
CREATE TABLE ruling (
  article  INTEGER NOT NULL PRIMARY KEY REFERENCES article (seq) ON DELETE CASCADE,
  at       INTEGER NOT NULL,
  decision TEXT NOT NULL CHECK (decision IN ('', 'publish', 'reject', 'hold')), -- '': none decided
  rule     TEXT NOT NULL,                     -- the name of the one that decided, '' of none
  reason   TEXT NOT NULL,                     -- for editors
  added    TEXT NOT NULL                      -- what rules added, as JSON
) STRICT;
CREATE INDEX ruling_rule ON ruling (rule, article);

-- Articles that stand first, and those that are kept for later. actor is a rule,
-- shell, an editor's name.
CREATE TABLE pin (
  article INTEGER NOT NULL PRIMARY KEY REFERENCES article (seq) ON DELETE CASCADE,
  at      INTEGER NOT NULL,
  actor   TEXT NOT NULL
) STRICT;
CREATE TABLE bin (
  article INTEGER NOT NULL PRIMARY KEY REFERENCES article (seq) ON DELETE CASCADE,
  at      INTEGER NOT NULL,
  actor   TEXT NOT NULL
) STRICT;

-- The letters that rules mark articles with, for editors to look for.
CREATE TABLE mark (
  article INTEGER NOT NULL REFERENCES article (seq) ON DELETE CASCADE,
  letter  TEXT NOT NULL CHECK (length(letter) = 1 AND letter BETWEEN 'A' AND 'Z'),
  PRIMARY KEY (article, letter)
) STRICT, WITHOUT ROWID;
CREATE INDEX mark_letter ON mark (letter, article);

-- A comment. body is what readers see, text what its author typed.
CREATE TABLE comment (
  seq     INTEGER PRIMARY KEY,
  id      TEXT NOT NULL UNIQUE,
  article INTEGER NOT NULL REFERENCES article (seq),
  parent  INTEGER REFERENCES comment (seq),
  name    TEXT NOT NULL,
  email   TEXT NOT NULL,
  visitor TEXT NOT NULL,                      -- of the signed cookie
  network TEXT NOT NULL DEFAULT '',           -- where it came from: a keyed hash that changes daily
  around  TEXT NOT NULL DEFAULT '',           -- and the networks around that one, likewise
  status  TEXT NOT NULL CHECK (status IN ('pending', 'approved', 'spam', 'removed')),
  reason  TEXT NOT NULL,                      -- what decided the status
  flagged TEXT NOT NULL DEFAULT '',           -- why an editor should look at it, '' where nothing is known
  taken   INTEGER NOT NULL DEFAULT 0 CHECK (taken IN (0, 1)), -- back by its author
  created INTEGER NOT NULL,
  updated INTEGER NOT NULL,                   -- no two alike (A3)
  removed INTEGER,                            -- when a reader could see it no more
  edited  INTEGER,                            -- when its author last changed it
  decided INTEGER,                            -- when an editor last decided on it
  digest  BLOB NOT NULL,                      -- of article, parent, name and text: the same comment
  same    TEXT NOT NULL DEFAULT '',           -- of the text alone, '' of a short one: the same text elsewhere
  text    TEXT NOT NULL,                      -- with body last, for they are long
  body    TEXT NOT NULL
) STRICT;
-- A thread is counted and its order found without a look at its comments.
CREATE INDEX comment_article  ON comment (article, seq, parent, status);
CREATE INDEX comment_status   ON comment (status, seq);
CREATE INDEX comment_parent   ON comment (parent, status) WHERE parent IS NOT NULL;
CREATE INDEX comment_visitor  ON comment (visitor, status);
CREATE INDEX comment_digest   ON comment (digest, created);
CREATE INDEX comment_network  ON comment (network, created) WHERE network <> '';
CREATE INDEX comment_around   ON comment (around, created) WHERE around <> '';
CREATE INDEX comment_same     ON comment (same, created) WHERE same <> '';
CREATE INDEX comment_flagged  ON comment (seq) WHERE flagged <> '';
CREATE INDEX comment_decided  ON comment (status, decided) WHERE decided IS NOT NULL;
CREATE UNIQUE INDEX comment_updated ON comment (updated);

-- What readers reported of comments, each network once, and one with the visitor's
-- cookie once.
CREATE TABLE report (
  comment INTEGER NOT NULL REFERENCES comment (seq) ON DELETE CASCADE,
  network TEXT NOT NULL,                      -- as of a comment
  visitor TEXT NOT NULL,                      -- as of a comment, '' of who never wrote one
  reason  TEXT NOT NULL,
  at      INTEGER NOT NULL,
  settled INTEGER NOT NULL DEFAULT 0 CHECK (settled IN (0, 1)), -- an editor has looked since
  PRIMARY KEY (comment, network)
) STRICT, WITHOUT ROWID;

-- Whom editors want to hear no more of: what a comment had, as it is compared.
CREATE TABLE block (
  kind    TEXT NOT NULL CHECK (kind IN ('name', 'email', 'network', 'text')),
  trait   TEXT NOT NULL,
  shown   TEXT NOT NULL,                      -- how it was written
  comment TEXT NOT NULL,                      -- id
  actor   TEXT NOT NULL,
  at      INTEGER NOT NULL,
  PRIMARY KEY (kind, trait)
) STRICT, WITHOUT ROWID;

CREATE INDEX comment_removed ON comment (removed) WHERE removed IS NOT NULL;

-- What readers are told of after publication: corrections, and withdrawals
-- that stand.
CREATE TABLE notice (
  seq     INTEGER PRIMARY KEY,
  id      TEXT NOT NULL UNIQUE,
  article INTEGER NOT NULL REFERENCES article (seq),
  kind    TEXT NOT NULL CHECK (kind IN ('correction', 'withdrawal')),
  text    TEXT NOT NULL,                      -- for readers, '' where no reason is given
  updated INTEGER NOT NULL                    -- no two alike (A3)
) STRICT;
CREATE INDEX notice_article ON notice (article);
CREATE UNIQUE INDEX notice_updated ON notice (updated);

-- When each list last had news and last changed at all. Written beside the
-- change, since what has left a list can be asked no more (A4: never backwards).
CREATE TABLE list (
  scope   TEXT NOT NULL PRIMARY KEY,
  updated INTEGER,                            -- NULL: nothing but small things yet
  touched INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Every poll leaves a row (P104).
CREATE TABLE pass (
  id          INTEGER PRIMARY KEY,
  source      TEXT NOT NULL REFERENCES source (id),
  at          INTEGER NOT NULL,
  took        INTEGER NOT NULL,               -- milliseconds
  url         TEXT NOT NULL,                  -- the address that answered, without a password
  status      INTEGER NOT NULL,               -- HTTP status, 0: no answer
  bytes       INTEGER NOT NULL,
  conditional INTEGER NOT NULL CHECK (conditional IN (0, 1)),
  outcome     TEXT NOT NULL,                  -- new, changed, unchanged, not_modified, too_soon, failed, …
  new         INTEGER NOT NULL,
  changed     INTEGER NOT NULL,
  published   INTEGER NOT NULL,               -- of the new ones, at once
  next_due    INTEGER,
  reason      TEXT NOT NULL,
  error       TEXT NOT NULL,
  manual      INTEGER NOT NULL DEFAULT 0 CHECK (manual IN (0, 1)), -- asked for by hand
  quiet_until INTEGER                         -- until when the answer asked not to be asked again
) STRICT;
CREATE INDEX pass_source ON pass (source, id);
CREATE INDEX pass_at     ON pass (at);

-- Requests under way: what a process that dies leaves here was asked all the
-- same (P30).
CREATE TABLE request (
  source TEXT NOT NULL PRIMARY KEY REFERENCES source (id),
  at     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Hosts that asked to be left alone (P51, P53).
CREATE TABLE host (
  host    TEXT NOT NULL PRIMARY KEY,
  until   INTEGER NOT NULL,
  strikes INTEGER NOT NULL                    -- how often in a row it named no time
) STRICT, WITHOUT ROWID;

-- Append-only: who did what, when.
CREATE TABLE action (
  id     INTEGER PRIMARY KEY,
  at     INTEGER NOT NULL,
  actor  TEXT NOT NULL,                       -- worker, shell, visitor, an editor's name
  kind   TEXT NOT NULL,                       -- article, comment, source
  ref    TEXT NOT NULL,
  what   TEXT NOT NULL,
  detail TEXT NOT NULL,
  before TEXT NOT NULL DEFAULT '',            -- what changed, in words
  after  TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX action_ref ON action (kind, ref, id);

-- Who is signed in at the desk. id is the hash of what the cookie holds.
CREATE TABLE session (
  id         BLOB NOT NULL PRIMARY KEY,
  name       TEXT NOT NULL,                   -- of the editor
  credential BLOB NOT NULL,                   -- a hash of the password's hash: another password ends it
  agent      TEXT NOT NULL,                   -- the browser, as it names itself
  created    INTEGER NOT NULL,
  used       INTEGER NOT NULL,                -- when it was last seen, to some minutes
  ended      INTEGER
) STRICT;
CREATE INDEX session_name ON session (name, created);
CREATE INDEX session_used ON session (used);

-- Articles that are the same as others: head is the first of each group, and is
-- in it too. Looked for after they came in, see grouped in meta.
CREATE TABLE same (
  article INTEGER NOT NULL PRIMARY KEY REFERENCES article (seq) ON DELETE CASCADE,
  head    INTEGER NOT NULL
) STRICT;
CREATE INDEX same_head ON same (head, article);

-- Articles that another one, which was published, stands for: readers are told
-- who else reported it.
CREATE TABLE attached (
  article INTEGER NOT NULL PRIMARY KEY REFERENCES article (seq) ON DELETE CASCADE,
  head    INTEGER NOT NULL REFERENCES article (seq) ON DELETE CASCADE
) STRICT;
CREATE INDEX attached_head ON attached (head, article);

-- Who would have an article published, and what they say of it among themselves.
CREATE TABLE nomination (
  article INTEGER NOT NULL REFERENCES article (seq) ON DELETE CASCADE,
  name    TEXT NOT NULL,                      -- of the editor
  at      INTEGER NOT NULL,
  PRIMARY KEY (article, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE note (
  id      INTEGER PRIMARY KEY,
  article INTEGER NOT NULL REFERENCES article (seq) ON DELETE CASCADE,
  at      INTEGER NOT NULL,
  name    TEXT NOT NULL,
  text    TEXT NOT NULL
) STRICT;
CREATE INDEX note_article ON note (article, id);

-- What an editor typed and has not saved.
CREATE TABLE draft (
  name    TEXT NOT NULL,
  article INTEGER NOT NULL REFERENCES article (seq) ON DELETE CASCADE,
  at      INTEGER NOT NULL,
  form    TEXT NOT NULL,                      -- urlencoded
  PRIMARY KEY (name, article)
) STRICT, WITHOUT ROWID;
CREATE INDEX draft_article ON draft (article);

-- What was done to articles, one or many at once, so that it can be undone.
CREATE TABLE deed (
  id     TEXT NOT NULL PRIMARY KEY,
  at     INTEGER NOT NULL,
  actor  TEXT NOT NULL,
  what   TEXT NOT NULL,
  undone INTEGER NOT NULL DEFAULT 0 CHECK (undone IN (0, 1)),
  steps  TEXT NOT NULL                        -- JSON: each article with what it was and what it became
) STRICT;
CREATE INDEX deed_at ON deed (at);

-- How often each editor has renewed the secret of the private feeds.
CREATE TABLE feed_key (
  name TEXT NOT NULL PRIMARY KEY,
  turn INTEGER NOT NULL
) STRICT;

-- The last number that was given, of what is numbered in the order in which it is
-- committed: whoever takes the next holds this row until then (M6).
CREATE TABLE counter (
  name TEXT NOT NULL PRIMARY KEY,
  n    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What changed in the eyes of readers, so that every process can drop what it
-- rendered from it. Kept for an hour.
CREATE TABLE change (
  seq    INTEGER NOT NULL PRIMARY KEY,        -- in the order in which they were committed, see counter
  at     INTEGER NOT NULL,
  scopes TEXT NOT NULL                        -- JSON list, see Scope
) STRICT;

-- The one worker of this database, and the passes others ask it for.
CREATE TABLE lease (
  id      INTEGER PRIMARY KEY CHECK (id = 1),
  host    TEXT NOT NULL,
  boot    TEXT NOT NULL,
  space   TEXT NOT NULL,                      -- of its process numbers: each container has its own
  pid     INTEGER NOT NULL,
  started TEXT NOT NULL,                      -- of the process, as the kernel names it
  run     TEXT NOT NULL,                      -- random: no two processes are alike
  renewed INTEGER NOT NULL,
  expires INTEGER NOT NULL
) STRICT;
CREATE TABLE ask (
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  source  TEXT NOT NULL REFERENCES source (id),
  at      INTEGER NOT NULL,
  pass    INTEGER REFERENCES pass (id)        -- its answer
) STRICT;
CREATE INDEX ask_open ON ask (source) WHERE pass IS NULL;
CREATE INDEX ask_pass ON ask (pass) WHERE pass IS NOT NULL;
