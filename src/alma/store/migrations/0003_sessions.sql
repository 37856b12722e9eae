-- What the processes of one session of an agent must know of each other. Gone when the session ends.

CREATE TABLE session (
    project    TEXT NOT NULL,
    session_id TEXT NOT NULL,
    updated    TEXT NOT NULL,
    state      TEXT NOT NULL,
    PRIMARY KEY (project, session_id)
) WITHOUT ROWID;
