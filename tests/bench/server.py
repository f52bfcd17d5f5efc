"""What PostgreSQL spends on the measured work."""

from __future__ import annotations

import os
from pathlib import Path

from django.db import connection


def server_cpu_s() -> float:
    """Processor seconds of the server's process behind this connection so far; 0 where the system has no /proc."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    stat = Path(f"/proc/{pid}/stat")
    if not stat.exists():
        return 0.0
    # After the name, which may hold anything but a closing bracket: user and system time are the 12th and 13th field.
    told = stat.read_text().rpartition(")")[2].split()
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")
