"""The row locks of the promotions: counters and grants, each in key order. Counters are locked before stock (docs/locking.md)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import orjson
from django.db import connection

from promotions.engine.values import CounterKey
from promotions.models import Campaign


def lock_counters(keys: Iterable[CounterKey]) -> dict[CounterKey, int]:
    """Lock counters in key order and return what has been used of each; missing ones are absent."""
    wanted = sorted(set(keys))
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.scheme_id, c.key, c.used FROM promotions_limitcounter c "
            "JOIN unnest(%s::bigint[], %s::text[]) AS w(scheme_id, key) ON c.scheme_id = w.scheme_id AND c.key = w.key "
            'ORDER BY c.scheme_id, c.key COLLATE "C" FOR UPDATE OF c',
            [[k[0] for k in wanted], [k[1] for k in wanted]],
        )
        return {(scheme, key): used for scheme, key, used in cursor.fetchall()}


def make_counters(allowed: Mapping[CounterKey, int]) -> None:
    """Make the counters that are missing, in key order; two makers at once make each of them once."""
    wanted = sorted(allowed)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO promotions_limitcounter (scheme_id, key, used, allowed) "
            "SELECT s, k, 0, a FROM unnest(%s::bigint[], %s::text[], %s::int[]) AS v(s, k, a) "
            'ORDER BY s, k COLLATE "C" ON CONFLICT (scheme_id, key) DO NOTHING',
            [[k[0] for k in wanted], [k[1] for k in wanted], [allowed[k] for k in wanted]],
        )


def change_counters(growth: Mapping[CounterKey, int]) -> set[CounterKey]:
    """Add to many counters by one statement that locks them in key order and refuses to pass a limit; the keys that changed."""
    wanted = sorted(growth)
    if not wanted:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH held AS (SELECT c.id, w.growth FROM promotions_limitcounter c "
            "JOIN unnest(%s::bigint[], %s::text[], %s::int[]) AS w(scheme_id, key, growth) "
            "ON c.scheme_id = w.scheme_id AND c.key = w.key "
            'ORDER BY c.scheme_id, c.key COLLATE "C" FOR UPDATE OF c) '
            "UPDATE promotions_limitcounter c SET used = c.used + held.growth FROM held "
            "WHERE c.id = held.id AND c.used + held.growth BETWEEN 0 AND c.allowed RETURNING c.scheme_id, c.key",
            [[k[0] for k in wanted], [k[1] for k in wanted], [growth[k] for k in wanted]],
        )
        return {(scheme, key) for scheme, key in cursor.fetchall()}


def close_grants(order_ids: Iterable[int], why: str, condition: str = "true") -> list[tuple[int, dict[str, int]]]:
    """Give back the active grants of the orders, locked in key order; scheme and counters of each.

    ``condition`` is SQL on ``s``, the scheme of a grant.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH held AS (SELECT g.id FROM promotions_giftgrant g JOIN promotions_scheme s ON s.id = g.scheme_id "
            f"WHERE g.order_id = ANY(%s) AND g.state = 'active' AND {condition} ORDER BY g.order_id, g.scheme_id "
            "FOR UPDATE OF g) "
            "UPDATE promotions_giftgrant g SET state = 'given_back', given_back_at = now(), given_back_for = %s "
            "FROM held WHERE g.id = held.id RETURNING g.scheme_id, g.counters::text",
            [sorted(set(order_ids)), why],
        )
        return [(scheme_id, orjson.loads(counters)) for scheme_id, counters in cursor.fetchall()]


def lock_campaign(campaign_id: int) -> Campaign:
    """Lock one campaign. Raises Campaign.DoesNotExist."""
    return Campaign.objects.select_for_update(of=("self",)).get(pk=campaign_id)
