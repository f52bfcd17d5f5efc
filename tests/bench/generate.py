"""Many rows of a model by one INSERT … SELECT, for measurements on a full database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection, models


def generate(model: type[models.Model], count: int, **columns: str) -> None:
    """Insert ``count`` rows; ``columns`` are SQL expressions over the row's number ``n``, from 1. Others take the model's default."""
    named = {str(field.column): field for field in model._meta.concrete_fields}
    if unknown := sorted(columns.keys() - named.keys()):
        raise ValueError(f"{model.__name__} has no column {', '.join(unknown)}")
    expressions: dict[str, str] = {}
    values: list[Any] = []
    for name, field in named.items():
        if name in columns:
            expressions[name] = columns[name].replace("%", "%%")
        elif not field.primary_key:
            expressions[name] = (
                f"%s::{field.rel_db_type(connection) if field.remote_field else field.db_type(connection)}"
            )
            values.append(field.get_db_prep_save(field.get_default(), connection))
    names = ", ".join(connection.ops.quote_name(name) for name in expressions)
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({names}) SELECT {', '.join(expressions.values())} FROM generate_series(1, %s) n",
            [*values, count],
        )
        if "id" in expressions:
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{model._meta.db_table}', 'id'), max(id)) FROM {table}"
            )


@contextmanager
def without_indexes(tables: Sequence[str]) -> Iterator[None]:
    """The indexes that hold no constraint are away while the tables are filled, and built at the end; references are not checked."""
    made = _definitions(tables)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        for name in made:
            cursor.execute(f"DROP INDEX {connection.ops.quote_name(name)}")
    yield
    with connection.cursor() as cursor:
        cursor.execute("SET maintenance_work_mem = '256MB'")
        for definition in made.values():
            cursor.execute(definition)
        cursor.execute("RESET maintenance_work_mem")
        cursor.execute("SET session_replication_role = DEFAULT")
        cursor.execute(f"{'ANALYZE' if connection.in_atomic_block else 'VACUUM ANALYZE'} {', '.join(tables)}")


def _definitions(tables: Sequence[str]) -> Mapping[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY(%s) AND NOT EXISTS "
            "(SELECT FROM pg_constraint WHERE conindid = (quote_ident(schemaname) || '.' || quote_ident(indexname))::regclass) "
            "ORDER BY indexname",
            [list(tables)],
        )
        return dict(cursor.fetchall())
