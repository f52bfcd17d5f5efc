"""The world of the demo: its goods, warehouses, shops, rules and staff, made from files through the product's own functions.

Made once; at every later start only what may have moved (the sandbox's address) is brought up to date.
"""

from __future__ import annotations

import io
import json
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import transaction

from integrations.sandbox.control_client import ControlClient
from integrations.shops import ShopEntry, add_shop, change_shop
from oms.accounts.models import Staff
from oms.accounts.roles import ROLES, seed_roles
from oms.accounts.staff import add_staff
from oms.catalog.bundles import save_bundle
from oms.catalog.models import Bundle, Shop, Sku
from oms.demo.files import DATA, PLATFORM, rows
from oms.demo.memory import private
from oms.demo.purchases import make_purchases
from oms.demo.rules import make_campaigns, make_rules
from oms.portal import announcements
from oms.portal.models import Announcement
from orders.shop_costs import with_costs
from warehouse.models import Carrier, Warehouse, WaybillRange

APP_KEY = "24680135"
OPTIONS = {"interval_seconds": 5, "overlap_minutes": 2, "look_back_days": 2, "calls_per_second": 200}
ADMINISTRATOR = "admin"
GIFTS = "赠品"
"""The category of what is given and not sold."""

Tell = Callable[[str], None]


def make_world(sandbox: ControlClient, home: Path, tell: Tell) -> None:
    """Make what is missing. May be repeated at any time."""
    if not Warehouse.objects.exists():
        call_command("load_regions", verbosity=0, stdout=io.StringIO())
        tell("Provinces, cities and districts are loaded")
        with transaction.atomic():
            _make_warehouses()
            _make_carriers()
    if not Sku.objects.exists():
        call_command("import_products", str(DATA / "products.csv"), verbosity=0, stdout=io.StringIO())
        call_command("import_stock", str(DATA / "stock.csv"), verbosity=0, stdout=io.StringIO())
        _make_bundles()
        tell("Goods, bundles and opening stock are imported")
    _connect_shops(sandbox)
    tell("The shops are open")
    _make_staff(home / "sign-ins.json")
    administrator = Staff.objects.get(username=ADMINISTRATOR).pk
    with transaction.atomic():
        make_purchases()
        make_rules(administrator)
        make_campaigns(administrator)
        announce(Staff.objects.get(pk=administrator))
    tell("Rules and campaigns are live")


def _make_warehouses() -> None:
    for row in rows("warehouses.csv"):
        Warehouse.objects.create(
            code=row["code"], name=row["name"], region_id=row["region"], priority=int(row["priority"])
        )


def _make_carriers() -> None:
    for row in rows("carriers.csv"):
        carrier = Carrier.objects.create(
            code=row["code"],
            name=row["name"],
            platform_codes={PLATFORM: row["taobao"]},
            cash_on_delivery=row["cod"] == "yes",
            carries=row["carries"].split(),
            max_weight_g=int(row["heaviest"]) if row["heaviest"] else None,
            priority=int(row["priority"]),
        )
        WaybillRange.objects.create(
            carrier=carrier,
            prefix=row["prefix"],
            width=int(row["width"]),
            next=int(row["first"]),
            last=int(row["last"]),
        )


def _make_bundles() -> None:
    skus = dict(Sku.objects.values_list("code", "id"))
    for row in rows("bundles.csv"):
        parts = [part.split(":") for part in row["components"].split()]
        bill = {skus[code]: int(units) for code, units in parts}
        save_bundle(skus[row["bundle"]], bill, weigh_by=Bundle.WeighBy(row["shares"]), actor_id=None)


# -- shops -------------------------------------------------------------------------------------------------------------


def _connect_shops(sandbox: ControlClient) -> None:
    """Have each shop here and at the sandbox, with the same keys; the sandbox may have moved or forgotten them."""
    secret = next((shop.app_secret for shop in Shop.objects.filter(app_key=APP_KEY)), None) or secrets.token_hex(16)
    sandbox.add_app(APP_KEY, secret)
    for position, row in enumerate(rows("shops.csv")):
        shop = Shop.objects.filter(code=row["code"]).first() or _add_shop(row, sandbox.gateway, secret)
        if shop.gateway_url != sandbox.gateway:
            change_shop(shop.pk, ShopEntry(gateway_url=sandbox.gateway))
        sandbox.add_shop(row["seller"], session=shop.session or "", app_key=APP_KEY, options={"plain_receivers": True})
        sandbox.set_catalogue(_catalogue(position, int(row["unmatched"])), row["seller"])


def _add_shop(row: dict[str, str], gateway: str, secret: str) -> Shop:
    entry = ShopEntry(
        name=row["name"],
        platform=PLATFORM,
        gateway_url=gateway,
        app_key=APP_KEY,
        app_secret=secret,
        session=secrets.token_hex(24),
        options=with_costs(OPTIONS, fee_percent="5", packing="1.20"),
    )
    return add_shop(row["code"], entry)


def _catalogue(shop: int, unmatched: int) -> list[dict[str, Any]]:
    """What a shop lists: every SKU under numbers of its own; of some the clerk forgot to enter the merchant code."""
    skus = list(
        Sku.objects.filter(enabled=True)
        .exclude(product__category__name=GIFTS)
        .select_related("product")
        .order_by("code")
    )
    products = {code: number for number, code in enumerate(dict.fromkeys(sku.product.code for sku in skus))}
    items = []
    for number, sku in enumerate(skus):
        item = {
            "num_iid": 680_000_000_000 + shop * 10_000_000 + products[sku.product.code],
            "title": f"{sku.product.brand} {sku.product.name}".strip(),
            "price": str(sku.price),
            "outer_iid": sku.product.code,
        }
        if sku.code != sku.product.code:
            item |= {
                "sku_id": 4_900_000_000_000 + shop * 10_000_000 + number,
                "outer_sku_id": sku.code,
                "sku_properties_name": f"规格:{sku.spec}",
            }
        if number % 40 == 7 and number // 40 < unmatched:
            item.pop("outer_sku_id", None)
            item.pop("outer_iid")
        items.append(item)
    return items


def announce(boss: Staff) -> None:
    """What the company tells its staff: one thing everybody, pinned, and one the packers. Once."""
    if Announcement.objects.exists():
        return
    for row in rows("announcements.csv"):
        roles = row.pop("roles").split()
        announcements.write({**row, "roles": roles, "pinned": row["pinned"] == "yes"}, by=boss)


# -- people ------------------------------------------------------------------------------------------------------------


def _make_staff(path: Path) -> None:
    """Staff with passwords that are made here and kept in a private file beside the demo's data."""
    seed_roles()
    labels = {role.code: role.label for role in ROLES}
    kept = {one["username"]: one for one in json.loads(path.read_text())} if path.exists() else {}
    shops = dict(Shop.objects.values_list("code", "id"))
    houses = dict(Warehouse.objects.values_list("code", "id"))
    for row in rows("staff.csv"):
        name = row["username"]
        if Staff.objects.filter(username=name).exists() and name in kept:
            continue
        password = secrets.token_urlsafe(9)
        kept[name] = {
            "username": name,
            "password": password,
            "name": row["name"],
            "role": labels.get(row["role"], "Administrator"),
        }
        private(path, json.dumps(list(kept.values()), ensure_ascii=False, indent=1))
        if staff := Staff.objects.filter(username=name).first():
            staff.set_password(password)
            staff.save(update_fields=["password"])
            continue
        staff = add_staff(
            name,
            password,
            display_name=row["name"],
            roles=[row["role"]] if row["role"] else [],
            shop_ids=[shops[code] for code in row["shops"].split() if code != "*"],
            warehouse_ids=[houses[code] for code in row["warehouses"].split() if code != "*"],
            all_shops=row["shops"] == "*",
            all_warehouses=row["warehouses"] == "*",
        )
        if name == ADMINISTRATOR:
            Staff.objects.filter(pk=staff.pk).update(is_superuser=True, is_staff=True)
