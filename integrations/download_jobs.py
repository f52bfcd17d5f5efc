"""Downloads that a person asks for: a job with progress, cancelled on the way, taken up again after a crash."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.download import Report, download_now, download_trade, download_window
from integrations.platforms.base import Window
from integrations.windows import Downloaded
from oms.catalog.models import Shop
from oms.core import jobs
from oms.core.errors import UnableTo
from oms.core.models import Job

KIND = "integrations.download"


def start_download(
    shop: Shop,
    *,
    staff_id: int | None,
    trade_no: str = "",
    since: dt.datetime | None = None,
    until: dt.datetime | None = None,
) -> Job:
    """Queue a download of the shop: up to now, of one trade, or of a span of time.

    One at a time is enough: an open job for the same is returned instead of another one.
    """
    params: dict[str, Any] = {"shop": shop.id}
    if trade_no:
        params["trade"] = trade_no
    elif since is not None and until is not None:
        params |= {"since": since.isoformat(), "until": until.isoformat()}
    opened = Job.objects.filter(kind=KIND, params=params, state__in=Job.OPEN).order_by("id").first()
    if opened is not None:
        return opened
    return jobs.start(KIND, params, title=_("Download of %(shop)s") % {"shop": shop.name}, staff_id=staff_id)


@jobs.runs(KIND)
def run_download(context: jobs.JobContext) -> Mapping[str, Any]:
    """Run one; what was stored by an attempt that broke off is known to the next. Raises UnableTo."""
    params = context.params
    shop = Shop.objects.filter(id=params["shop"]).first()
    if shop is None:
        raise UnableTo(_("The shop does not exist any more."), code="no_shop")

    def report(done: int, total: int, message: str) -> None:
        context.progress(done, total, message)

    return _download(shop, params, report).as_json()


def _download(shop: Shop, params: Mapping[str, Any], report: Report) -> Downloaded:
    if "trade" in params:
        return download_trade(shop, params["trade"])
    if "since" in params:
        window = Window(dt.datetime.fromisoformat(params["since"]), dt.datetime.fromisoformat(params["until"]))
        return download_window(shop, window, report)
    return download_now(shop, report)


def latest_jobs(shop_ids: Collection[int]) -> dict[int, Job]:
    """The last download of a day that a person asked for, by shop; one query."""
    recent = Job.objects.filter(kind=KIND, created_at__gt=timezone.now() - dt.timedelta(days=1))
    jobs_of = {job.params.get("shop"): job for job in recent.order_by("id")}
    return {shop_id: jobs_of[shop_id] for shop_id in shop_ids if shop_id in jobs_of}
