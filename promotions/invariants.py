"""What must always be true of gifts and their limits."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from oms.core.invariants import register

register(
    "gift_limits_equal_grants",
    _("What has been used of each limit equals what active grants count on it"),
    """
    SELECT c.scheme_id, c.key, c.used, COALESCE(g.used, 0) AS granted
    FROM promotions_limitcounter c
    FULL JOIN (
        SELECT x.scheme_id, e.key, sum(e.value::int) AS used
        FROM promotions_giftgrant x, jsonb_each_text(x.counters) e WHERE x.state = 'active' GROUP BY 1, 2
    ) g ON g.scheme_id = c.scheme_id AND g.key = c.key
    WHERE c.used IS DISTINCT FROM COALESCE(g.used, 0)
    """,
)
