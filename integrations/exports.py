"""The list of shops as it is taken away. Keys and sessions are not in it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from integrations.queries import shops
from oms.accounts.exports import ExportColumn, ListExport, register
from oms.catalog.platforms import platform_name


def _downloaded(shop: Any) -> object:
    position = getattr(shop, "download_position", None)
    return position.position if position is not None else None


register(
    ListExport(
        "shops",
        lazy("Shops"),
        ("integrations:shops",),
        ("catalog.view_shop",),
        lambda asked: shops(asked.staff),
        (
            ExportColumn(lazy("Code"), lambda row: row.code),
            ExportColumn(lazy("Name"), lambda row: row.name),
            ExportColumn(lazy("Platform"), lambda row: platform_name(row.platform)),
            ExportColumn(lazy("Authorisation"), lambda row: row.get_authorisation_display()),
            ExportColumn(lazy("Session expires"), lambda row: row.session_expires_at),
            ExportColumn(lazy("Hours promised for shipping"), lambda row: row.ship_within_hours),
            ExportColumn(lazy("Downloaded up to"), _downloaded),
            ExportColumn(lazy("In use"), lambda row: _("yes") if row.enabled else _("no")),
        ),
    ),
)
