"""Bulk writes: COPY for new rows, UPDATE … FROM unnest for changed ones.

One statement whatever the number of rows. Values travel as PostgreSQL's COPY text format
(https://www.postgresql.org/docs/current/sql-copy.html, "Text Format") and as arrays with explicit types.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import uuid
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any

import orjson
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models

Row = Sequence[Any]

_SPECIAL = re.compile(r"[\\\t\n\r\b\f\v\x00]")
_ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\b": "\\b", "\f": "\\f", "\v": "\\v", "\x00": ""}


class Json:
    """Marks a value that is to be stored as jsonb. NUL characters, which PostgreSQL cannot hold, are dropped."""

    __slots__ = ("text",)

    def __init__(self, value: Any) -> None:
        self.text = orjson.dumps(value).decode().replace("\\u0000", "")


def _escape(text: str) -> str:
    return text if _SPECIAL.search(text) is None else _SPECIAL.sub(lambda found: _ESCAPES[found.group()], text)


def _array_item(value: Any) -> str:
    if value is None:
        return "NULL"
    text = str(value).replace("\x00", "").replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


def _array_text(values: Iterable[Any]) -> str:
    return "{" + ",".join(map(_array_item, values)) + "}"


_TO_COPY: dict[type[Any], Callable[[Any], str]] = {
    type(None): lambda _: "\\N",
    int: str,
    bool: lambda value: "t" if value else "f",
    str: _escape,
    Decimal: str,
    dt.datetime: dt.datetime.isoformat,
    dt.date: dt.date.isoformat,
    bytes: lambda value: "\\\\x" + value.hex(),
    memoryview: lambda value: "\\\\x" + value.hex(),
    uuid.UUID: str,
    # JSON holds no raw control characters, so that the backslash alone is to be escaped.
    Json: lambda value: value.text.replace("\\", "\\\\"),
    dict: lambda value: Json(value).text.replace("\\", "\\\\"),
    list: lambda value: _escape(_array_text(value)),
    tuple: lambda value: _escape(_array_text(value)),
}


def copy_text(value: Any) -> str:
    """One value in COPY text format; str subclasses such as enumerations count as text. Raises TypeError."""
    convert = _TO_COPY.get(type(value))
    if convert is None:
        if not isinstance(value, str):
            raise TypeError(f"no COPY form for {type(value).__name__}")
        convert = _TO_COPY[type(value)] = lambda member: _escape(str.__str__(member))
    return convert(value)


def copy_rows(model: type[models.Model], columns: Sequence[str], rows: Iterable[Row]) -> int:
    """Insert the rows by COPY into the model's table and return how many.

    ``columns`` are column names, not field names. Constraints and triggers apply as for INSERT.
    """
    lines: list[str] = []
    for row in rows:
        try:
            lines.append("\t".join([_TO_COPY[type(value)](value) for value in row]))
        except KeyError:
            lines.append("\t".join(map(copy_text, row)))
    if not lines:
        return 0
    lines.append("")
    names = ", ".join(connection.ops.quote_name(column) for column in columns)
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {table} ({names}) FROM STDIN", io.StringIO("\n".join(lines)))
    return len(lines) - 1


def _column_type(field: models.Field[Any, Any]) -> str:
    column_type = field.rel_db_type(connection) if field.remote_field else field.db_type(connection)
    if column_type is None:
        raise TypeError(f"{field} has no column")
    return column_type


def _text_cast(field: models.Field[Any, Any]) -> str:
    """The cast of a value that travelled as text."""
    column_type = _column_type(field)
    return f"::{column_type}" if column_type == "jsonb" or isinstance(field, ArrayField) else ""


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
    """
    if not rows:
        return []
    names = [*key, *columns]
    fields = {field.column: field for field in model._meta.concrete_fields}
    quote = connection.ops.quote_name
    arrays = []
    casts = []
    for position, name in enumerate(names):
        column_type = _column_type(fields[name])
        values = [row[position] for row in rows]
        if column_type == "jsonb":
            values = [None if v is None else (v.text if type(v) is Json else orjson.dumps(v).decode()) for v in values]
            casts.append("%s::text[]")
        elif isinstance(fields[name], ArrayField):
            # unnest would flatten an array of arrays, so each travels as its text form.
            values = [None if v is None else _array_text(v) for v in values]
            casts.append("%s::text[]")
        else:
            casts.append(f"%s::{column_type}[]")
        arrays.append(values)
    sets = [f"{quote(name)} = v.{quote(name)}{_text_cast(fields[name])}" for name in columns]
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
