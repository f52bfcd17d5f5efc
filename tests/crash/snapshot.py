"""The database as it was before the day: kept beside the tables, put back in one go. Quicker than copying a database for every run."""

from __future__ import annotations

from django.db import connection

_SCHEMA = "before_the_day"
_TABLES = """
    SELECT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relkind = 'r' AND c.relname !~ '^(django|auth)_' ORDER BY 1
"""


def keep() -> None:
    """Keep the rows of every table, and where its sequences stand."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA {_SCHEMA}")
        cursor.execute(_TABLES)
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT EXISTS (SELECT FROM "{table}")')
            if cursor.fetchall()[0][0]:
                cursor.execute(f'CREATE TABLE {_SCHEMA}."{table}" AS TABLE "{table}"')
        cursor.execute(
            f"CREATE TABLE {_SCHEMA}.sequences AS SELECT sequencename::text AS name, COALESCE(last_value, start_value) AS at, "
            "last_value IS NOT NULL AS called FROM pg_sequences WHERE schemaname = 'public'"
        )


def restore() -> None:
    """Make everything as it was kept."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            DO $$
            DECLARE t text;
            BEGIN
                SET LOCAL session_replication_role = replica;
                FOR t IN {_TABLES} LOOP
                    EXECUTE format('DELETE FROM public.%I', t);
                    IF to_regclass(format('{_SCHEMA}.%I', t)) IS NOT NULL THEN
                        EXECUTE format('INSERT INTO public.%I OVERRIDING SYSTEM VALUE SELECT * FROM {_SCHEMA}.%I', t, t);
                    END IF;
                END LOOP;
                PERFORM setval(format('public.%I', name)::regclass, at, called) FROM {_SCHEMA}.sequences;
            END $$
            """
        )
