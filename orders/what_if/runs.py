"""What-if as a job: started with a draft and a window, watched, cancelled; its result kept, its rows taken away as a table."""

from __future__ import annotations

import datetime as dt
import json
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from typing import IO, Any

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from oms.accounts.models import Staff
from oms.accounts.scopes import CATEGORY, WAREHOUSE, granted_ids, scoped, sees_all
from oms.catalog.models import Shop
from oms.core import jobs
from oms.core.errors import UnableTo
from oms.core.models import Job, RuleVersion
from oms.core.rule_kinds import kind_of
from orders.processing.load_rules import NEW_RULE, Drafts
from orders.what_if.replay import Difference, Replay
from orders.what_if.window import Window

KIND = "orders.what_if"
MOST_DAYS = 92


def drafts_of(versions: list[RuleVersion]) -> Drafts:
    """The contents of versions as they stand in the place of what is live."""
    drafts: dict[str, dict[int, Mapping[str, Any]]] = {}
    for number, version in enumerate(versions):
        rule_id = NEW_RULE - number if version.rule_id is None else version.rule_id
        drafts.setdefault(version.kind, {})[rule_id] = kind_of(version.kind).complete(version.content)
    return drafts


def start_what_if(
    version: RuleVersion, staff: Staff, *, since: dt.datetime, until: dt.datetime, shop_ids: list[int] | None = None
) -> Job:
    """Queue the comparison of a version with what is live, over the orders that the staff member may see. Raises UnableTo."""
    params = {
        "kind": version.kind,
        "rule_id": version.rule_id,
        "version_id": version.id,
        "content": version.content,
        **span_of(staff, since, until, shop_ids),
    }
    name = str(version.content.get("name") or "")
    return jobs.start(KIND, params, title=name[:200], staff_id=staff.pk)


def span_of(staff: Staff, since: dt.datetime, until: dt.datetime, shop_ids: list[int] | None) -> dict[str, Any]:
    """The window of a comparison as a job keeps it: only what the staff member may see. Raises UnableTo."""
    if since >= until:
        raise UnableTo(_("The time span ends before it begins."), code="bad_window")
    if until - since > dt.timedelta(days=MOST_DAYS):
        raise UnableTo(_("At most %(days)s days can be looked at in one go.") % {"days": MOST_DAYS}, code="bad_window")
    mine = scoped(Shop.objects.all(), staff)
    shops = sorted((mine.filter(id__in=shop_ids) if shop_ids else mine).values_list("id", flat=True))
    if not shops:
        raise UnableTo(_("There is no shop whose orders you may see. Choose another one."), code="no_shop")
    return {
        "since": since.isoformat(),
        "until": until.isoformat(),
        "shops": shops,
        "warehouses": _limits(staff, WAREHOUSE),
        "categories": _limits(staff, CATEGORY),
    }


def _limits(staff: Staff, dimension: str) -> list[int] | None:
    """The warehouses or categories whose orders the staff member may see; None for all of them."""
    return None if sees_all(staff, dimension) else sorted(granted_ids(staff, dimension))


def runs_of(staff: Staff) -> QuerySet[Job]:
    """The comparisons that the staff member started and may still see, newest first."""
    return jobs_within(Job.objects.filter(kind=KIND, created_by=staff), staff)


def jobs_within(found: QuerySet[Job], staff: Staff) -> QuerySet[Job]:
    """Of jobs over a span (``span_of``) those that looked at nothing which lies outside what the staff member may see by now."""
    mine = list(scoped(Shop.objects.all(), staff).values_list("id", flat=True))
    within = Q(params__shops__contained_by=mine)
    for name, dimension in (("warehouses", WAREHOUSE), ("categories", CATEGORY)):
        limits = _limits(staff, dimension)
        if limits is not None:
            within &= Q(**{f"params__{name}__contained_by": limits})
    return found.filter(within).order_by("-id")


@jobs.runs(KIND)
def run_what_if(context: jobs.JobContext) -> Mapping[str, Any]:
    """Replay the window. A run that was interrupted begins anew, since it leaves nothing behind but its rows at the end."""
    params = context.params
    draft = RuleVersion(kind=params["kind"], rule_id=params["rule_id"], content=params["content"])
    replay = Replay(window_of(params), drafts_of([draft]))
    rows = run_replay(context, replay)
    return {**replay.totals.to_json(), "rows": rows}


def window_of(params: Mapping[str, Any]) -> Window:
    """The window of ``span_of``."""
    since, until = (dt.datetime.fromisoformat(params[name]) for name in ("since", "until"))
    limits = [params.get(name) for name in ("warehouses", "categories")]
    return Window(since, until, tuple(params["shops"]), *(None if ids is None else tuple(ids) for ids in limits))


def run_replay(context: jobs.JobContext, replay: Replay) -> str:
    """Replay with progress; where the rows that differ are kept, empty when none does."""
    context.progress(0, len(replay))
    with tempfile.TemporaryFile("w+b") as file:
        for step in replay.steps():
            for difference in step.differences:
                file.write(json.dumps(_row(difference), ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
            context.progress(step.done, step.total)
        return _keep(context.id, file) if replay.totals.changed else ""


def _row(difference: Difference) -> dict[str, Any]:
    draft = difference.trade.draft
    return {
        "trade": draft.trade_no,
        "trade_id": draft.trade_id,
        "order": difference.trade.order_no,
        "shop": draft.shop_id,
        "changes": [change.value for change in difference.changes],
        "before": difference.before.to_json(),
        "after": difference.after.to_json(),
    }


def _keep(job_id: int, file: IO[bytes]) -> str:
    file.seek(0)
    return default_storage.save(f"what_if/{job_id}-{uuid.uuid4().hex}.jsonl", File(file))


def read_rows(job: Job, change: str = "") -> Iterator[dict[str, Any]]:
    """The trades that differ (in one way, when ``change`` is given), in the order of their payment. Raises UnableTo when they are gone."""
    path = (job.result or {}).get("rows", "")
    if not path:
        return
    if not default_storage.exists(path):
        raise UnableTo(_("The rows of this run are not kept any more. Run it again."), code="rows_gone")
    with default_storage.open(path, "rb") as file:
        for line in file:
            row: dict[str, Any] = json.loads(line)
            if not change or change in row["changes"]:
                yield row
