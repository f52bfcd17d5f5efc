"""The list of campaigns as it is taken away: a row for each scheme."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from oms.accounts.exports import Asked, ExportColumn, ListExport, register
from promotions.models import Campaign
from promotions.queries import STAGES, campaigns_of


def _campaigns(asked: Asked) -> Any:
    from promotions.web.lists import CampaignFilters

    stage = asked.params.get("stage", "")
    found = campaigns_of(stage if stage in STAGES else STAGES[0], timezone.now())
    return CampaignFilters(asked.request, found).qs


def _rows(campaigns: Sequence[Campaign], asked: Asked) -> list[Any]:
    from promotions.web.rows import rows_of

    return rows_of(asked.staff, campaigns, timezone.now())


def _schemes(row: Any) -> str:
    return "; ".join(f"{line.scheme.name}: {line.text}" for line in row.schemes)


def _left(row: Any) -> str:
    return "; ".join(f"{line.scheme.name}: {line.left}/{line.limit}" for line in row.schemes if line.limit is not None)


def phase_words() -> dict[str, str]:
    """Where a campaign stands, in words."""
    return {
        "running": _("Running"),
        "coming": _("Coming"),
        "draft": _("Draft"),
        "over": _("Over"),
        "stopped": _("Stopped"),
    }


register(
    ListExport(
        "campaigns",
        lazy("Campaigns"),
        ("promotions:campaigns",),
        ("promotions.view_campaign",),
        _campaigns,
        (
            ExportColumn(lazy("Campaign"), lambda row: row.campaign.name),
            ExportColumn(lazy("State"), lambda row: phase_words()[row.phase]),
            ExportColumn(lazy("Starts"), lambda row: row.campaign.starts_at),
            ExportColumn(lazy("Ends"), lambda row: row.campaign.ends_at),
            ExportColumn(lazy("Priority"), lambda row: row.campaign.priority),
            ExportColumn(lazy("Schemes"), _schemes),
            ExportColumn(lazy("Quota left"), _left),
            ExportColumn(lazy("Orders"), lambda row: row.figures.orders),
            ExportColumn(lazy("Buyers"), lambda row: row.figures.buyers),
            ExportColumn(lazy("Gifts"), lambda row: row.figures.units),
            ExportColumn(lazy("Cost of gifts"), lambda row: row.figures.cost),
            ExportColumn(lazy("Sales"), lambda row: row.figures.sales),
        ),
        _rows,
    ),
)
