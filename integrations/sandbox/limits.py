"""Call limits: a token bucket for every application, and the ban that follows when it is empty.

Counted in memory: a restarted gateway starts with full buckets.
"""

import math
import threading
import time
from dataclasses import dataclass


@dataclass
class _Bucket:
    tokens: float
    filled_at: float
    banned_until: float = 0.0


class CallLimits:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._buckets: dict[str, _Bucket] = {}

    def take(self, app_key: str, rate: float, burst: float, ban: float) -> int:
        """Take one token: 0 when the call may go on, else the whole seconds the ban will last (at least 1).

        `rate` is calls per second (0: unlimited), `burst` the size of the bucket, `ban` the seconds an application is
        refused after it has emptied its bucket. A ban set by `ban_for` holds without a rate too.
        """
        moment = time.monotonic()
        with self._lock:
            bucket = self._buckets.setdefault(app_key, _Bucket(burst, moment))
            if bucket.banned_until > moment:
                return math.ceil(bucket.banned_until - moment)
            if rate <= 0:
                return 0
            bucket.tokens = min(burst, bucket.tokens + (moment - bucket.filled_at) * rate)
            bucket.filled_at = moment
            if bucket.tokens >= 1:
                bucket.tokens -= 1
                return 0
            bucket.banned_until = moment + ban
            return max(1, math.ceil(ban))

    def ban_for(self, app_key: str, seconds: float) -> None:
        moment = time.monotonic()
        with self._lock:
            bucket = self._buckets.setdefault(app_key, _Bucket(0, moment))
            bucket.banned_until = max(bucket.banned_until, moment + seconds)

    def clear(self) -> None:
        with self._lock:
            self._buckets.clear()
