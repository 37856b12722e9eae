"""Every store keeps the contract, and SQLite's own promises: a file, its bytes, its statements, its copies."""

from __future__ import annotations

from alma.store.sqlite import SQLiteStore, open_store
from alma.testing import StoreContract


class TestSQLite(StoreContract):
    def open_store(self, place: str, project: str) -> SQLiteStore:
        return open_store(f"sqlite:///{place}/alma.db", project)
