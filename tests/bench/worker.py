"""One worker process of the measurement: says when it is ready, waits for the word, works until nothing is due, tells its figures.

With the name of a file it also writes there where its processor time went (``python -m pstats FILE``).
"""

from __future__ import annotations

import cProfile
import json
import resource
import sys
import time
from collections import Counter
from typing import Any

import django
from psycopg2.extensions import cursor as PlainCursor


class CountingCursor(PlainCursor):
    """Counts statements, COPY included."""

    statements = 0

    def execute(self, *args: Any, **kwargs: Any) -> None:
        CountingCursor.statements += 1
        super().execute(*args, **kwargs)

    def copy_expert(self, *args: Any, **kwargs: Any) -> None:
        CountingCursor.statements += 1
        super().copy_expert(*args, **kwargs)


def main() -> None:
    django.setup()
    from django.db import connection

    from oms.catalog.regions import region_index
    from orders.pipeline import process_batch

    # Read once in a process's life, and not by its first batch.
    region_index()
    connection.ensure_connection()
    connection.connection.cursor_factory = CountingCursor
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    began, trades, queries = time.perf_counter(), 0, Counter[int]()
    profile = cProfile.Profile(time.process_time) if sys.argv[1:] else None
    if profile is not None:
        profile.enable()
    used = time.process_time()
    while True:
        before = CountingCursor.statements
        result = process_batch()
        if not result.total:
            break
        trades += result.trades
        queries[CountingCursor.statements - before] += 1
    used = time.process_time() - used
    if profile is not None:
        profile.disable()
        profile.dump_stats(sys.argv[1])
    figures = {
        "seconds": time.perf_counter() - began,
        "trades": trades,
        "cpu_seconds": used,
        "queries": queries,
        "peak_rss_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main()
