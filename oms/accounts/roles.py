"""The roles of the company as groups, each with the functions it starts with (spec row A1).

An administrator may change what a role can do; ``seed_roles`` only adds roles that are missing and functions that are new to the
product, so that what was taken away stays away.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_noop as N_


@dataclass(frozen=True, slots=True)
class Role:
    """A role: ``code`` names the group; ``permissions`` as ``app.codename``."""

    code: str
    label: str
    permissions: tuple[str, ...]


_SEE_GOODS = ("catalog.view_product", "warehouse.view_stock")
_SEE_ORDERS = ("orders.view_order", "warehouse.view_shipment", *_SEE_GOODS)

ROLES: tuple[Role, ...] = (
    Role(
        "operations",
        N_("Operations"),
        (
            *_SEE_ORDERS,
            "catalog.view_shop",
            "catalog.manage_shop",
            "catalog.download_shop",
            "catalog.view_listing",
            "catalog.bind_listing",
            "catalog.manage_product",
            "orders.view_upload",
            "orders.manage_upload",
            "orders.view_rule",
            "orders.manage_rule",
            "warehouse.view_tariff",
            "warehouse.manage_tariff",
            "promotions.view_campaign",
            "promotions.manage_campaign",
        ),
    ),
    Role(
        "customer_service",
        N_("Customer service"),
        (
            *_SEE_ORDERS,
            "orders.audit_order",
            "orders.unaudit_order",
            "orders.hold_order",
            "orders.edit_order",
            "orders.cancel_order",
            "orders.view_receiver",
            "orders.view_upload",
            "orders.manage_upload",
            "orders.view_rule",
            "warehouse.view_tariff",
            "catalog.view_shop",
            "catalog.view_listing",
            "catalog.bind_listing",
            "promotions.view_campaign",
        ),
    ),
    Role(
        "finance",
        N_("Finance"),
        (
            *_SEE_ORDERS,
            "orders.finance_audit_order",
            "orders.unaudit_order",
            "orders.hold_order",
            "finance.view_voucher",
            "finance.post_voucher",
            "promotions.view_campaign",
        ),
    ),
    Role(
        "warehouse",
        N_("Warehouse"),
        (
            *_SEE_GOODS,
            "warehouse.view_shipment",
            "warehouse.ship_shipment",
            "warehouse.manage_stock",
            "warehouse.view_tariff",
        ),
    ),
    Role("quality", N_("Quality"), (*_SEE_GOODS, "warehouse.view_shipment")),
)


def permission_of(name: str) -> Permission | None:
    """The permission ``app.codename``; None when the product has none of that name (yet)."""
    app, _dot, codename = name.partition(".")
    return Permission.objects.filter(content_type__app_label=app, codename=codename).first()


def seed_roles() -> None:
    """Make the roles that are missing, each with its functions; roles that exist are left as the administrator wants them.

    A function that no role of the database knows yet is new to the product: it is given to the roles that start with it.
    """
    with transaction.atomic():
        known = set(
            Permission.objects.filter(group__isnull=False)
            .annotate(app=F("content_type__app_label"))
            .values_list("app", "codename")
        )
        for role in ROLES:
            group, made = Group.objects.get_or_create(name=role.code)
            wanted = [name for name in role.permissions if made or tuple(name.split(".", 1)) not in known]
            group.permissions.add(*filter(None, map(permission_of, wanted)))
