"""What operations try out before they change a rule: the day once more, with other rules, applying nothing."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils import timezone

from oms.accounts.models import Staff
from oms.core.models import Job
from oms.core.tasks import ring
from oms.core.versions import draft
from oms.demo.rules import resolve
from orders.models import RoutingRule
from orders.what_if.runs import start_what_if

JOBS_TASK = "core.run_jobs"
TRIED = "其余用最便宜的快递"
BEFORE = dt.timedelta(seconds=100)
"""The trades' own times lie a little before they came in; more would be the trades of the day before."""


def try_all_by_sf(clerk: Staff, since: dt.datetime) -> Job:
    """Queue the question what it would have cost to send by 顺丰 what went by the cheapest carrier."""
    rule = RoutingRule.objects.get(name=TRIED)
    content = resolve({"name": TRIED, "kind": "carrier", "priority": rule.priority, "carrier": "@carrier:SF"})
    version = draft("routing", content, author_id=clerk.pk, rule_id=rule.pk, note="全部改发顺丰要多花多少")
    job = start_what_if(version, clerk, since=since - BEFORE, until=timezone.now())
    ring(JOBS_TASK)
    return job


def told(job: Job) -> dict[str, Any]:
    """What came of it, as far as it is there."""
    job.refresh_from_db()
    result = job.result or {}
    if job.state != Job.State.DONE:
        return {"state": job.state}
    return {
        "rule": TRIED,
        "trades": result["trades"],
        "would_change": result["changed"],
        "changes": result["changes"],
        "freight_before": result["before"]["freight"],
        "freight_after": result["after"]["freight"],
    }
