"""The platform's clock: GMT+8, written `yyyy-MM-dd HH:mm:ss`, to the second."""

import time
from datetime import datetime, timedelta, timezone

ZONE = timezone(timedelta(hours=8))
FORMAT = "%Y-%m-%d %H:%M:%S"


def now() -> datetime:
    return datetime.now(ZONE).replace(microsecond=0)


def epoch() -> float:
    return time.time()


def text(moment: datetime) -> str:
    return moment.astimezone(ZONE).strftime(FORMAT)


def parse(value: str) -> datetime:
    """Read a time of the platform's format. Raises ValueError for anything else, also for "2026-3-1 1:2:3"."""
    moment = datetime.strptime(value, FORMAT).replace(tzinfo=ZONE)
    if text(moment) != value:
        raise ValueError(f"not yyyy-MM-dd HH:mm:ss: {value!r}")
    return moment
