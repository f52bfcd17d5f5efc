"""The sandbox's memory: a SQLite database (WAL), one connection for each thread.

A trade is kept as the document the platform would show, with the columns that lists filter and sort by beside it. The
columns are right even where the document is nonsense on purpose.
"""

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Document = dict[str, Any]
Values = tuple[Any, ...]

SCHEMA = """
CREATE TABLE IF NOT EXISTS apps (app_key TEXT PRIMARY KEY, secret TEXT NOT NULL, options TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS shops (
    nick TEXT PRIMARY KEY, session TEXT NOT NULL UNIQUE, app_key TEXT NOT NULL, title TEXT NOT NULL,
    options TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS catalogue (shop TEXT, position INTEGER, item TEXT NOT NULL, PRIMARY KEY (shop, position));
CREATE TABLE IF NOT EXISTS trades (
    tid INTEGER PRIMARY KEY, shop TEXT NOT NULL, status TEXT NOT NULL, type TEXT NOT NULL, created TEXT NOT NULL,
    modified TEXT NOT NULL, visible_at REAL NOT NULL, delayed INTEGER NOT NULL DEFAULT 0,
    nonsense TEXT NOT NULL DEFAULT '', doc TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS trades_changed ON trades (shop, modified DESC, tid DESC, visible_at, type, status);
CREATE INDEX IF NOT EXISTS trades_placed ON trades (shop, created DESC, tid DESC, visible_at, type, status);
CREATE TABLE IF NOT EXISTS refunds (
    refund_id TEXT PRIMARY KEY, shop TEXT NOT NULL, tid INTEGER NOT NULL, oid INTEGER NOT NULL, status TEXT NOT NULL,
    modified TEXT NOT NULL, doc TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS refunds_modified ON refunds (shop, modified DESC, refund_id DESC);
CREATE INDEX IF NOT EXISTS refunds_trade ON refunds (tid);
CREATE TABLE IF NOT EXISTS sends (
    id INTEGER PRIMARY KEY AUTOINCREMENT, shop TEXT NOT NULL, tid TEXT NOT NULL, method TEXT NOT NULL,
    company_code TEXT NOT NULL, out_sid TEXT NOT NULL, sub_tid TEXT NOT NULL, accepted INTEGER NOT NULL,
    sub_code TEXT NOT NULL, at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS sends_trade ON sends (shop, tid);
CREATE TABLE IF NOT EXISTS faults (
    id INTEGER PRIMARY KEY AUTOINCREMENT, shop TEXT NOT NULL, method TEXT NOT NULL, kind TEXT NOT NULL,
    probability REAL NOT NULL, count INTEGER, seed INTEGER NOT NULL, options TEXT NOT NULL,
    draws INTEGER NOT NULL DEFAULT 0, fired INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS calls (
    method TEXT, outcome TEXT, calls INTEGER NOT NULL, PRIMARY KEY (method, outcome)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
"""
TABLES = ("apps", "shops", "catalogue", "trades", "refunds", "sends", "faults", "calls", "meta")


@dataclass
class Trade:
    """A trade with what the sandbox knows about it beside the document. Times are texts in the platform's format."""

    tid: int
    shop: str
    status: str
    type: str
    created: str
    modified: str
    visible_at: float
    doc: Document
    nonsense: str = ""
    delayed: int = 0


@dataclass
class Refund:
    refund_id: str
    shop: str
    tid: int
    oid: int
    status: str
    modified: str
    doc: Document


@dataclass(frozen=True)
class App:
    app_key: str
    secret: str
    options: Document = field(default_factory=dict)


@dataclass(frozen=True)
class Shop:
    nick: str
    session: str
    app_key: str
    title: str
    options: Document = field(default_factory=dict)


class Store:
    """Reads go straight to the thread's connection; whatever writes runs inside `writing()`."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / "sandbox.sqlite3"
        self._local = threading.local()
        self._connection().executescript(SCHEMA)

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(self._path, timeout=30, isolation_level=None)
            connection.execute("PRAGMA journal_mode=WAL")
            # A killed process loses nothing; only a power cut could cost the last commits, and this is a test double.
            connection.execute("PRAGMA synchronous=NORMAL")
            self._local.connection = connection
        return connection

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One transaction that holds the write lock from its start, so that what is read in it stays true.

        Inside another one it is a part of that one.
        """
        connection = self._connection()
        if connection.in_transaction:
            yield
            return
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")

    def rows(self, sql: str, values: Iterable[Any] = ()) -> list[Values]:
        return self._connection().execute(sql, tuple(values)).fetchall()

    def row(self, sql: str, values: Iterable[Any] = ()) -> Values | None:
        found: Values | None = self._connection().execute(sql, tuple(values)).fetchone()
        return found

    def run(self, sql: str, values: Iterable[Any] = ()) -> None:
        with self.writing():
            self._connection().execute(sql, tuple(values))

    def run_many(self, sql: str, rows: Iterable[Iterable[Any]]) -> None:
        with self.writing():
            self._connection().executemany(sql, [tuple(row) for row in rows])

    # -- numbers -----------------------------------------------------------------------------------------------------

    def reserve(self, key: str, count: int = 1) -> int:
        """The first of `count` numbers nobody else gets."""
        with self.writing():
            found = self.row(
                "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = value + excluded.value"
                " RETURNING value",
                (key, count),
            )
        return int(found[0]) - count + 1 if found else 0

    # -- applications and shops --------------------------------------------------------------------------------------

    def app(self, app_key: str) -> App | None:
        found = self.row("SELECT app_key, secret, options FROM apps WHERE app_key = ?", (app_key,))
        return App(found[0], found[1], json.loads(found[2])) if found else None

    def shop(self, nick: str) -> Shop | None:
        return self._shop("nick = ?", nick)

    def shop_of_session(self, session: str) -> Shop | None:
        return self._shop("session = ?", session)

    def _shop(self, condition: str, value: str) -> Shop | None:
        found = self.row(f"SELECT nick, session, app_key, title, options FROM shops WHERE {condition}", (value,))
        if found is None:
            return None
        nick, session, app_key, title, options = found
        return Shop(nick, session, app_key, title, json.loads(options))

    def catalogue(self, shop: str) -> list[Document]:
        """The shop's own items, or the ones given for all shops."""
        for owner in (shop, ""):
            found = self.rows("SELECT item FROM catalogue WHERE shop = ? ORDER BY position", (owner,))
            if found:
                return [json.loads(item) for (item,) in found]
        return []

    # -- trades and refunds ------------------------------------------------------------------------------------------

    TRADE = "tid, shop, status, type, created, modified, visible_at, doc, nonsense, delayed"

    @staticmethod
    def as_trade(row: Values) -> Trade:
        *columns, doc, nonsense, delayed = row
        tid, shop, status, type_, created, modified, visible_at = columns
        return Trade(tid, shop, status, type_, created, modified, visible_at, json.loads(doc), nonsense, delayed)

    def trade(self, shop: str, tid: int) -> Trade | None:
        found = self.row(f"SELECT {self.TRADE} FROM trades WHERE shop = ? AND tid = ?", (shop, tid))
        return self.as_trade(found) if found else None

    def save_trades(self, trades: Iterable[Trade]) -> None:
        self.run_many(
            f"INSERT OR REPLACE INTO trades ({self.TRADE}) VALUES (?,?,?,?,?,?,?,?,?,?)",
            [
                (
                    *(t.tid, t.shop, t.status, t.type, t.created, t.modified, t.visible_at),
                    *(_dump(t.doc), t.nonsense, t.delayed),
                )
                for t in trades
            ],
        )

    REFUND = "refund_id, shop, tid, oid, status, modified, doc"

    @staticmethod
    def as_refund(row: Values) -> Refund:
        refund_id, shop, tid, oid, status, modified, doc = row
        return Refund(refund_id, shop, tid, oid, status, modified, json.loads(doc))

    def refunds(self, condition: str, values: Iterable[Any]) -> list[Refund]:
        found = self.rows(f"SELECT {self.REFUND} FROM refunds WHERE {condition}", values)
        return [self.as_refund(row) for row in found]

    def save_refunds(self, refunds: Iterable[Refund]) -> None:
        self.run_many(
            f"INSERT OR REPLACE INTO refunds ({self.REFUND}) VALUES (?,?,?,?,?,?,?)",
            [(r.refund_id, r.shop, r.tid, r.oid, r.status, r.modified, _dump(r.doc)) for r in refunds],
        )

    # -- what happened -----------------------------------------------------------------------------------------------

    def count_call(self, method: str, outcome: str) -> None:
        self.run(
            "INSERT INTO calls VALUES (?, ?, 1) ON CONFLICT (method, outcome) DO UPDATE SET calls = calls + 1",
            (method, outcome),
        )

    def clear(self, tables: Iterable[str] = TABLES) -> None:
        with self.writing():
            for table in tables:
                self._connection().execute(f"DELETE FROM {table}")


def _dump(value: Document) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
