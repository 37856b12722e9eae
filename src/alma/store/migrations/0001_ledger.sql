-- One ledger, the memories it speaks of, and the indexes that find them. Every key begins with the project.

CREATE TABLE event (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    project    TEXT NOT NULL,
    at         TEXT NOT NULL,
    kind       TEXT NOT NULL,
    agent      TEXT NOT NULL,
    source     TEXT NOT NULL,
    memory_id  TEXT,
    details    TEXT
);

CREATE INDEX event_order ON event (project, seq);
CREATE INDEX event_joined ON event (project, seq) WHERE kind = 'joined';
CREATE INDEX event_about ON event (project, memory_id) WHERE kind NOT IN ('learned', 'stated');

CREATE TABLE memory (
    seq        INTEGER PRIMARY KEY,
    project    TEXT NOT NULL,
    id         TEXT NOT NULL,
    kind       TEXT NOT NULL,
    agent      TEXT NOT NULL,
    domain     TEXT NOT NULL,
    source     TEXT NOT NULL,
    origin     TEXT NOT NULL,
    created_at TEXT NOT NULL,
    key        TEXT,
    forgotten  INTEGER,
    body       TEXT NOT NULL
);
CREATE UNIQUE INDEX memory_id ON memory (project, id);
CREATE UNIQUE INDEX memory_key ON memory (project, key) WHERE key IS NOT NULL;
CREATE INDEX memory_newest ON memory (project, agent, kind, forgotten, seq);

CREATE TABLE place (
    project    TEXT NOT NULL,
    agent      TEXT NOT NULL,
    kind       TEXT NOT NULL,
    domain     TEXT NOT NULL,
    live       INTEGER NOT NULL,
    PRIMARY KEY (project, agent, kind, domain)
) WITHOUT ROWID;

CREATE TABLE vector (
    project    TEXT NOT NULL,
    agent      TEXT NOT NULL,
    kind       TEXT NOT NULL,
    seq        INTEGER NOT NULL,
    domain     TEXT NOT NULL,
    origin     TEXT NOT NULL,
    bytes      BLOB NOT NULL,
    PRIMARY KEY (project, agent, kind, seq)
) WITHOUT ROWID;

CREATE TABLE signature (
    project    TEXT NOT NULL,
    key        TEXT NOT NULL,
    agent      TEXT NOT NULL,
    kind       TEXT NOT NULL,
    domain     TEXT NOT NULL,
    seq        INTEGER NOT NULL,
    PRIMARY KEY (project, key, agent, kind, domain, seq)
) WITHOUT ROWID;

CREATE TABLE checkpoint (
    project     TEXT NOT NULL,
    workflow_id TEXT NOT NULL,
    version     INTEGER NOT NULL,
    at          TEXT NOT NULL,
    step        TEXT,
    task        TEXT,
    agent       TEXT,
    state       TEXT NOT NULL,
    PRIMARY KEY (project, workflow_id, version)
);

CREATE TABLE workflow (
    project     TEXT NOT NULL,
    workflow_id TEXT NOT NULL,
    status      TEXT NOT NULL,
    version     INTEGER NOT NULL,
    updated     INTEGER NOT NULL,
    PRIMARY KEY (project, workflow_id)
) WITHOUT ROWID;

CREATE TABLE setting (
    project    TEXT NOT NULL,
    name       TEXT NOT NULL,
    value      TEXT NOT NULL,
    PRIMARY KEY (project, name)
) WITHOUT ROWID;

CREATE VIRTUAL TABLE words USING fts5 (
    terms, content = '', detail = none, tokenize = "ascii"
);
