"""Trades that a list named and that could not be fetched: kept, tried again, shown until they are there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping

from django.db import connection
from django.utils import timezone

from integrations.access import sentence_of
from integrations.models import MissedTrade
from oms.core.backoff import pause
from oms.core.outbox import DeliveryFailure

LONGEST_PAUSE_S = 6 * 3600.0


def record_missed(shop_id: int, failures: Mapping[str, DeliveryFailure]) -> None:
    """Write down that the trades could not be fetched, once more where it happened before; one statement each way."""
    if not failures:
        return
    now = timezone.now()
    numbers = sorted(failures)
    known = dict(MissedTrade.objects.filter(shop_id=shop_id, trade_no__in=numbers).values_list("trade_no", "attempts"))
    rows = []
    for number in numbers:
        failure, attempts = failures[number], known.get(number, 0) + 1
        wait = max(pause(attempts, base=30, cap=LONGEST_PAUSE_S), failure.retry_after or dt.timedelta())
        rows.append((number, failure.code, sentence_of(failure), attempts, now + wait))
    columns = [list(column) for column in zip(*rows, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO integrations_missedtrade (shop_id, trade_no, reason_code, reason, attempts, next_due_at, created_at) "
            "SELECT %s, v.no, v.code, v.reason, v.attempts, v.due, %s "
            "FROM unnest(%s::text[], %s::text[], %s::text[], %s::int[], %s::timestamptz[]) AS v(no, code, reason, attempts, due) "
            "ON CONFLICT (shop_id, trade_no) DO UPDATE SET reason_code = EXCLUDED.reason_code, reason = EXCLUDED.reason, "
            "attempts = EXCLUDED.attempts, next_due_at = EXCLUDED.next_due_at",
            [shop_id, now, *columns],
        )


def forget_missed(shop_id: int, trade_nos: Collection[str]) -> None:
    """The trades are there now."""
    if trade_nos:
        MissedTrade.objects.filter(shop_id=shop_id, trade_no__in=list(trade_nos)).delete()


def due_missed(shop_id: int, *, limit: int = 50) -> list[str]:
    """Numbers of the missed trades whose next attempt is due, longest due first."""
    due = MissedTrade.objects.filter(shop_id=shop_id, next_due_at__lte=timezone.now())
    return list(due.order_by("next_due_at", "id").values_list("trade_no", flat=True)[:limit])


def waiting_missed(shop_id: int, trade_nos: Collection[str]) -> set[str]:
    """Those of the trades that were missed and whose next attempt is not due yet."""
    waiting = MissedTrade.objects.filter(shop_id=shop_id, trade_no__in=list(trade_nos), next_due_at__gt=timezone.now())
    return set(waiting.values_list("trade_no", flat=True))
