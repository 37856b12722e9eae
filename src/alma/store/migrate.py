"""Brings a SQLite file to this program's schema: numbered files, each run once, under a lock, checked by hash."""

from __future__ import annotations

import os
import sqlite3

from alma.domain.digest import digest
from alma.domain.errors import StoreCorrupt, StoreNewer

FOLDER = os.path.join(os.path.dirname(__file__), "migrations")
APPLICATION = 0x414C4D41  # "ALMA", kept in the file's header


def migrations() -> list[tuple[int, str, str]]:
    """(number, SQL, digest of the SQL), in order."""
    found = []
    for name in sorted(os.listdir(FOLDER)):
        if name.endswith(".sql"):
            with open(os.path.join(FOLDER, name), encoding="utf-8") as file:
                sql = file.read()
            found.append((int(name.split("_")[0]), sql, digest(sql, length=32)))
    return found


LATEST = max(int(name.split("_")[0]) for name in os.listdir(FOLDER) if name.endswith(".sql"))


def version(connection: sqlite3.Connection, where: str) -> int:
    """The schema's number. Raises StoreCorrupt for a foreign database, StoreNewer for a newer one."""
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    number = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if application != APPLICATION:
        raise StoreCorrupt(f"{where} is a database, but not one of ALMA's; it was left as it is", store=where)
    if number > LATEST:
        raise StoreNewer(
            f"{where} was written by a newer ALMA (schema {number}, this one knows {LATEST}): "
            "pip install --upgrade alma-memory",
            store=where,
        )
    return number


def create(connection: sqlite3.Connection) -> None:
    """Write the whole schema into an empty file."""
    connection.execute(f"PRAGMA application_id = {APPLICATION}")
    connection.execute(
        "CREATE TABLE migration (project TEXT NOT NULL, number INTEGER NOT NULL, hash TEXT NOT NULL, "
        "PRIMARY KEY (project, number))"
    )
    _run(connection, above=0)


def upgrade(connection: sqlite3.Connection, where: str) -> None:
    """Run what is missing. Raises StoreCorrupt where a migration that ran is not the one that is here."""
    known = {number: hash_ for number, _, hash_ in migrations()}
    ran = connection.execute("SELECT number, hash FROM migration WHERE project = ''").fetchall()
    for number, hash_ in ran:
        if known.get(number) != hash_:
            raise StoreCorrupt(
                f"{where}: migration {number} is not the one that made this store", store=where
            )
    _run(connection, above=max(number for number, _ in ran))


def _run(connection: sqlite3.Connection, *, above: int) -> None:
    for number, sql, hash_ in migrations():
        if number > above:
            for statement in _statements(sql):
                connection.execute(statement)
            connection.execute("INSERT INTO migration VALUES ('', ?, ?)", (number, hash_))
            connection.execute(f"PRAGMA user_version = {number}")


def _statements(sql: str) -> list[str]:
    """Split by what SQLite itself calls complete, so that everything runs inside one transaction."""
    statements, rest = [], ""
    for line in sql.splitlines(keepends=True):
        rest += line
        if sqlite3.complete_statement(rest):
            statements.append(rest)
            rest = ""
    return statements
