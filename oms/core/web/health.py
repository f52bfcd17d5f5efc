"""Whether the system can work, for load balancers and container health checks: open to all, and it tells no secrets."""

from __future__ import annotations

import logging

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from oms.core.heartbeat import is_alive
from oms.core.models import Heart

logger = logging.getLogger(__name__)
BROKER_PATIENCE = 2
"""Seconds."""


@never_cache
@require_safe
def healthz(_request: HttpRequest) -> JsonResponse:
    """200 when requests can be served, 503 when the database is away. Without the broker work goes on, only later: 200, degraded."""
    database, workers = _look_at_database()
    broker = _look_at_broker()
    well = broker and all(workers.values())
    status = "down" if not database else "ok" if well else "degraded"
    words = {True: "ok", False: "away"}
    body = {"status": status, "database": words[database], "broker": words[broker], "processes": workers}
    return JsonResponse(body, status=200 if database else 503)


def _look_at_database() -> tuple[bool, dict[str, int]]:
    """Whether it answers, and how many processes of each kind were heard of lately."""
    try:
        hearts = list(Heart.objects.all())
    except DatabaseError as error:
        logger.warning("health: the database does not answer: %s", error)
        connection.close()
        return False, {}
    return True, {kind: sum(heart.kind == kind and is_alive(heart) for heart in hearts) for kind in Heart.Kind.values}


def _look_at_broker() -> bool:
    if not settings.CELERY_BROKER_URL.startswith("redis"):
        return False
    try:
        with redis.Redis.from_url(
            settings.CELERY_BROKER_URL, socket_timeout=BROKER_PATIENCE, socket_connect_timeout=BROKER_PATIENCE
        ) as client:
            return bool(client.ping())
    except redis.RedisError as error:
        logger.warning("health: the broker does not answer: %s", type(error).__name__)
        return False
