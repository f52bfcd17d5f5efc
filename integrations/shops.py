"""Shops and their keys: entered, changed, authorised; every change in the shop's history, no secret in it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, fields
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.locks import lock_shop
from integrations.models import DownloadPosition
from integrations.platforms.base import MANUAL, platform_of
from integrations.platforms.http import check_url
from oms.accounts.models import ScopeGrant, Staff
from oms.accounts.scopes import sees_all
from oms.catalog.models import Shop
from oms.core.crypto import blind_index
from oms.core.errors import UnableTo
from oms.core.history import HistoryRow, write_history

SESSION_PURPOSE = "shop.session"
SECRETS = ("app_secret", "session")
ACCESS = ("platform", "gateway_url", "app_key", *SECRETS)
"""What bears on the authorisation: after a change of it, it is not known until the platform was asked."""


class UnableToSaveShop(UnableTo):
    """What was entered cannot be kept; ``field`` says where it was entered."""

    def __init__(self, message: str, *, code: str, field: str = "") -> None:
        super().__init__(message, code=code)
        self.field = field


@dataclass(frozen=True, slots=True)
class ShopEntry:
    """What a person enters of a shop. None leaves a value as it is; for a new shop it is the model's default."""

    name: str | None = None
    platform: str | None = None
    gateway_url: str | None = None
    app_key: str | None = None
    app_secret: str | None = None
    session: str | None = None
    session_expires_at: dt.datetime | None = None
    ship_within_hours: int | None = None
    enabled: bool | None = None
    options: dict[str, Any] | None = None

    def given(self) -> dict[str, Any]:
        """The values that were given, by field."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        return {name: value for name, value in values.items() if value is not None}


def add_shop(code: str, entry: ShopEntry, *, staff_id: int | None = None) -> Shop:
    """Enter a new shop. Raises UnableToSaveShop, also when the code is taken."""
    given = _checked(entry, code=code)
    if not given.get("name"):
        raise UnableToSaveShop(_("The shop needs a name."), code="no_name", field="name")
    if not given.get("platform"):
        raise UnableToSaveShop(_("Say which platform the shop is on."), code="no_platform", field="platform")
    try:
        with transaction.atomic():
            shop = Shop(code=code, **given)
            shop.save(force_insert=True)
            DownloadPosition.objects.create(shop=shop)
            _grant(shop, staff_id)
            write_history([HistoryRow("shop", shop.id, "add", actor_id=staff_id, changes=_told({}, given))])
    except IntegrityError:
        raise UnableToSaveShop(
            _("There is a shop with the code %(code)s already.") % {"code": code}, code="code_taken", field="code"
        ) from None
    return shop


def change_shop(shop_id: int, entry: ShopEntry, *, staff_id: int | None = None) -> Shop:
    """Change a shop; new keys make it due for download at once. Raises UnableToSaveShop."""
    with transaction.atomic():
        shop = lock_shop(shop_id)
        given = _checked(entry, code=shop.code, shop_id=shop_id)
        before = {name: getattr(shop, name) for name in given}
        changed = {name: value for name, value in given.items() if value != before[name] and name != "session_index"}
        if not changed:
            return shop
        if shop.platform and changed.get("platform") and _has_trades(shop):
            raise UnableToSaveShop(
                _("The shop has trades of its platform. Enter a new shop for another platform."),
                code="platform_fixed",
                field="platform",
            )
        if set(changed) & set(ACCESS):
            given |= {"authorisation": Shop.Authorisation.UNKNOWN, "authorisation_note": ""}
        for name, value in given.items():
            setattr(shop, name, value)
        shop.save(update_fields=sorted(given))
        if set(changed) & {*ACCESS, "enabled"}:
            _make_due(shop)
        labels = {field.name: str(field.verbose_name) for field in Shop._meta.fields}
        names = ", ".join(labels[name] for name in changed)
        told = _told(before, changed)
        write_history([HistoryRow("shop", shop.id, "change", reason=names, actor_id=staff_id, changes=told)])
    return shop


def _grant(shop: Shop, staff_id: int | None) -> None:
    """Whoever enters a shop sees it, also when they see only some shops."""
    staff = Staff.objects.filter(pk=staff_id or 0).first()
    if staff is not None and not sees_all(staff, ScopeGrant.Dimension.SHOP):
        ScopeGrant.objects.get_or_create(staff=staff, dimension=ScopeGrant.Dimension.SHOP, object_id=shop.pk)


def _has_trades(shop: Shop) -> bool:
    return shop.trade_set.exists()


def _make_due(shop: Shop) -> None:
    DownloadPosition.objects.update_or_create(
        shop=shop, defaults={"next_due_at": timezone.now(), "failures": 0, "last_error": ""}
    )


def _checked(entry: ShopEntry, *, code: str, shop_id: int | None = None) -> dict[str, Any]:
    """The given values, with the session's index. Raises UnableToSaveShop."""
    given = entry.given()
    if given.get("platform") == MANUAL:
        # What belongs to a platform is not kept: nobody would ever use it.
        given |= {"gateway_url": "", "app_key": "", **dict.fromkeys(SECRETS, "")}
    elif given.get("platform"):
        platform_of(given["platform"])
    if given.get("gateway_url") and (wrong := check_url(given["gateway_url"])):
        raise UnableToSaveShop(wrong, code="bad_address", field="gateway_url")
    if "session" in given:
        index = given["session_index"] = blind_index(given["session"], SESSION_PURPOSE)
        others = Shop.objects.filter(session_index=index).exclude(pk=shop_id or 0)
        other = others.first() if index else None
        if other is not None:
            # Two shops with one session would both download the same trades.
            raise UnableToSaveShop(
                _("This session key belongs to the shop %(shop)s already. Each shop needs its own.")
                % {"shop": other.code},
                code="session_taken",
                field="session",
            )
    return given


def _told(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """What history tells of a change: old and new value, and of secrets only that they were changed."""
    told: dict[str, Any] = {}
    for name, value in after.items():
        if name in SECRETS:
            told[name] = ["•••" if before.get(name) else "", "•••" if value else ""]
        elif name != "session_index":
            told[name] = [_plain(before.get(name)), _plain(value)]
    return told


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.datetime) else value
