"""Bulk writes: COPY for new rows, UPDATE … FROM unnest for changed ones.

One statement whatever the number of rows. Values travel as PostgreSQL's COPY text format
(https://www.postgresql.org/docs/current/sql-copy.html, "Text Format") and as arrays with explicit types.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import orjson
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models

Row = Sequence[Any]

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\b": "\\b", "\f": "\\f", "\v": "\\v"})
_NEEDS_ESCAPE = frozenset("\\\t\n\r\b\f\v")


def _array_item(value: Any) -> str:
    if value is None:
        return "NULL"
    text = str(value).replace("\x00", "").replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


def copy_text(value: Any) -> str:
    """One value in COPY text format. NUL characters, which PostgreSQL cannot hold, are dropped."""
    kind = type(value)
    if value is None:
        return "\\N"
    if kind is int:
        return str(value)
    if kind is bool:
        return "t" if value else "f"
    if isinstance(value, str):
        if "\x00" in value:
            value = value.replace("\x00", "")
        return value if _NEEDS_ESCAPE.isdisjoint(value) else value.translate(_ESCAPES)
    if isinstance(value, (Decimal, int)):
        return str(value)
    if isinstance(value, (dt.datetime, dt.date)):
        return value.isoformat()
    if isinstance(value, (bytes, memoryview)):
        return "\\\\x" + bytes(value).hex()
    if isinstance(value, dict):
        return orjson.dumps(value).decode().replace("\\u0000", "").translate(_ESCAPES)
    if isinstance(value, (list, tuple)):
        return ("{" + ",".join(_array_item(item) for item in value) + "}").translate(_ESCAPES)
    raise TypeError(f"no COPY form for {kind.__name__}")


class Json:
    """Marks a list or a value that is already JSON bytes as a jsonb value of COPY and of update_rows."""

    __slots__ = ("text",)

    def __init__(self, value: Any) -> None:
        self.text = (value if isinstance(value, bytes) else orjson.dumps(value)).decode().replace("\\u0000", "")


def copy_rows(model: type[models.Model], columns: Sequence[str], rows: Iterable[Row]) -> int:
    """Insert the rows by COPY into the model's table and return how many.

    ``columns`` are column names, not field names. Constraints and triggers apply as for INSERT.
    """
    buffer = io.StringIO()
    count = 0
    write = buffer.write
    for row in rows:
        write("\t".join(value.text.translate(_ESCAPES) if type(value) is Json else copy_text(value) for value in row))
        write("\n")
        count += 1
    if not count:
        return 0
    buffer.seek(0)
    names = ", ".join(connection.ops.quote_name(column) for column in columns)
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {table} ({names}) FROM STDIN", buffer)
    return count


def _column_type(field: models.Field[Any, Any]) -> str:
    column_type = field.rel_db_type(connection) if field.remote_field else field.db_type(connection)
    if column_type is None:
        raise TypeError(f"{field} has no column")
    return column_type


def update_rows(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Sequence[Row],
    *,
    key: Sequence[str] = ("id",),
    where: str = "",
    params: Sequence[Any] = (),
    assignments: str = "",
    returning: Sequence[str] = ("id",),
) -> list[tuple[Any, ...]]:
    """Update many rows, each to its own values, by one UPDATE … FROM unnest, and return what RETURNING gives.

    Each row holds the key columns first, then ``columns``. ``where`` is an extra condition (``t`` is the table,
    ``v`` the values) that a row must meet to be changed: rows that do not are simply not returned.
    ``assignments`` are further SET items in SQL, such as ``"version = t.version + 1"``.
    Array columns are not supported, since unnest would flatten them.
    """
    if not rows:
        return []
    names = [*key, *columns]
    fields = {field.column: field for field in model._meta.concrete_fields}
    for name in names:
        if isinstance(fields[name], ArrayField):
            raise TypeError(f"{name} is an array column")
    quote = connection.ops.quote_name
    arrays = []
    casts = []
    for position, name in enumerate(names):
        column_type = _column_type(fields[name])
        values = [row[position] for row in rows]
        if column_type == "jsonb":
            values = [None if v is None else (v.text if type(v) is Json else orjson.dumps(v).decode()) for v in values]
            casts.append("%s::text[]")
        else:
            casts.append(f"%s::{column_type}[]")
        arrays.append(values)
    sets = [
        f"{quote(name)} = v.{quote(name)}" + ("::jsonb" if _column_type(fields[name]) == "jsonb" else "")
        for name in columns
    ]
    if assignments:
        sets.append(assignments)
    match = " AND ".join(f"t.{quote(name)} = v.{quote(name)}" for name in key)
    condition = f" AND ({where})" if where else ""
    statement = (
        f"UPDATE {quote(model._meta.db_table)} t SET {', '.join(sets)} "
        f"FROM unnest({', '.join(casts)}) AS v({', '.join(quote(name) for name in names)}) "
        f"WHERE {match}{condition} RETURNING {', '.join('t.' + quote(name) for name in returning)}"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [*arrays, *params])
        return list(cursor.fetchall())
