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


def _exports(*codes: str) -> tuple[str, ...]:
    return tuple(f"accounts.export_{code}" for code in codes)


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
            "orders.share_view",
            "orders.view_upload",
            "orders.manage_upload",
            "orders.view_rule",
            "orders.manage_rule",
            "orders.view_blacklist",
            "orders.manage_blacklist",
            "warehouse.view_tariff",
            "warehouse.manage_tariff",
            "warehouse.view_purchase",
            "promotions.view_campaign",
            "promotions.manage_campaign",
            "core.view_check",
            "portal.manage_announcement",
            *_exports(
                "orders",
                "uploads",
                "memos",
                "rejected",
                "rules",
                "campaigns",
                "shipments",
                "stock",
                "purchases",
                "products",
                "listings",
                "shops",
                "announcements",
                "jobs",
            ),
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
            "orders.mark_order",
            "orders.manage_tag",
            "orders.edit_order",
            "orders.enter_order",
            "orders.split_order",
            "orders.cancel_order",
            "orders.view_receiver",
            "orders.view_blacklist",
            "orders.manage_blacklist",
            "orders.view_upload",
            "orders.manage_upload",
            "orders.view_rule",
            "warehouse.view_tariff",
            "catalog.view_shop",
            "catalog.view_listing",
            "catalog.bind_listing",
            "promotions.view_campaign",
            *_exports("orders", "uploads", "memos", "rejected", "shipments", "stock", "listings", "jobs"),
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
            "orders.mark_order",
            "finance.view_voucher",
            "finance.post_voucher",
            "promotions.view_campaign",
            "warehouse.view_purchase",
            *_exports(
                "orders", "shipments", "stock", "purchases", "products", "campaigns", "vouchers", "set_aside", "jobs"
            ),
        ),
    ),
    Role(
        "warehouse",
        N_("Warehouse staff"),
        (
            *_SEE_GOODS,
            "warehouse.view_shipment",
            "warehouse.ship_shipment",
            "warehouse.manage_stock",
            "warehouse.view_tariff",
            "warehouse.view_purchase",
            "warehouse.manage_purchase",
            *_exports("shipments", "stock", "purchases", "products", "jobs"),
        ),
    ),
    Role(
        "quality",
        N_("Quality"),
        (
            *_SEE_GOODS,
            "warehouse.view_shipment",
            "warehouse.view_purchase",
            *_exports("stock", "purchases", "products"),
        ),
    ),
    Role(
        "administrator",
        N_("Administrator"),
        (
            "accounts.manage_staff",
            "accounts.view_audit",
            "core.view_all_jobs",
            "portal.manage_announcement",
            *_exports("staff", "audit", "jobs", "announcements"),
        ),
    ),
)


def seed_roles() -> None:
    """Make the roles that are missing, each with its functions; roles that exist are left as the administrator wants them.

    A function that no role of the database knows yet is new to the product: it is given to the roles that start with it. Names that
    the product has no permission for (yet) are passed over.
    """
    with transaction.atomic():
        everything = Permission.objects.annotate(app=F("content_type__app_label"))
        ids = {f"{app}.{codename}": pk for app, codename, pk in everything.values_list("app", "codename", "pk")}
        known = {
            f"{app}.{codename}"
            for app, codename in everything.filter(group__isnull=False).values_list("app", "codename")
        }
        for role in ROLES:
            group, made = Group.objects.get_or_create(name=role.code)
            group.permissions.add(
                *(ids[name] for name in role.permissions if name in ids and (made or name not in known))
            )
