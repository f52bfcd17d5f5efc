"""A cache that may be away: what it cannot answer counts as not kept, so that no page fails for want of Redis.

After a failure it is left alone for a few seconds, so that a Redis that swallows every call costs one wait and not one per request.
"""

from __future__ import annotations

import logging
import time
from typing import Any

import redis
from django.core.cache.backends.redis import RedisCache, RedisCacheClient

LEFT_ALONE_S = 5.0

logger = logging.getLogger(__name__)


class ForgivingClient(RedisCacheClient):
    """Answers with what an empty cache would say when Redis does not."""

    away_until = 0.0

    def _ask(self, name: str, answer: Any, *args: Any, **kwargs: Any) -> Any:
        if time.monotonic() < self.away_until:
            return answer
        try:
            return getattr(super(), name)(*args, **kwargs)
        except (redis.RedisError, OSError) as error:
            self.away_until = time.monotonic() + LEFT_ALONE_S
            logger.warning("the cache does not answer (%s); pages go on without it", type(error).__name__)
            return answer

    def add(self, key: Any, value: Any, timeout: Any) -> Any:
        return self._ask("add", True, key, value, timeout)

    def get(self, key: Any, default: Any) -> Any:
        return self._ask("get", default, key, default)

    def set(self, key: Any, value: Any, timeout: Any) -> Any:
        return self._ask("set", None, key, value, timeout)

    def touch(self, key: Any, timeout: Any) -> Any:
        return self._ask("touch", False, key, timeout)

    def delete(self, key: Any) -> Any:
        return self._ask("delete", False, key)

    def get_many(self, keys: Any) -> Any:
        return self._ask("get_many", {}, keys)

    def has_key(self, key: Any) -> Any:
        return self._ask("has_key", False, key)

    def incr(self, key: Any, delta: Any) -> Any:
        return self._ask("incr", delta, key, delta)

    def set_many(self, data: Any, timeout: Any) -> Any:
        return self._ask("set_many", None, data, timeout)

    def delete_many(self, keys: Any) -> Any:
        return self._ask("delete_many", None, keys)

    def clear(self) -> Any:
        return self._ask("clear", False)


class ForgivingRedisCache(RedisCache):
    """Django's Redis cache with the forgiving client."""

    def __init__(self, server: Any, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = ForgivingClient
