"""What of sign-ins and calls is kept for a time."""

from __future__ import annotations

import datetime as dt

from axes.models import AccessAttempt, AccessLog
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import Model, QuerySet

from oms.accounts.models import IdempotentCall
from oms.core.retention import PORTION, days, removes


def _remove(found: QuerySet[Model]) -> int:
    """Remove a portion of the rows."""
    keys = list(found.order_by("pk").values_list("pk", flat=True)[:PORTION])
    found.model._default_manager.filter(pk__in=keys).delete()
    return len(keys)


@removes("idempotency keys")
def _calls(now: dt.datetime) -> int:
    """Of a call that is being made nobody sees the row yet: it is inserted in the transaction that makes it."""
    return _remove(IdempotentCall.objects.filter(created_at__lt=now - days("calls")))


@removes("ended sessions")
def _sessions(now: dt.datetime) -> int:
    return _remove(Session.objects.filter(expire_date__lt=now))


@removes("failed sign-ins")
def _failures(now: dt.datetime) -> int:
    """Those that count no more: the pause after too many is over."""
    return _remove(
        AccessAttempt.objects.filter(attempt_time__lt=now - dt.timedelta(hours=24 * settings.AXES_COOLOFF_TIME))
    )


@removes("list of sign-ins")
def _sign_ins(now: dt.datetime) -> int:
    """What people must answer for stands in the audit log, which is kept."""
    return _remove(AccessLog.objects.filter(attempt_time__lt=now - days("sign_ins")))
