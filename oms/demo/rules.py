"""The rules and campaigns of the demo's company, put live through the doors that the pages use.

In the files ``@carrier:SF`` stands for the id of what has that code, ``@days:5`` for the moment five days from now.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from typing import Any

from django.utils import timezone

from oms.accounts.models import Staff
from oms.catalog.models import Shop, Sku
from oms.demo.files import DATA, rows
from orders.blacklist import NewEntry, add_entry
from orders.models import ApprovalPolicy, BlacklistEntry, Department
from orders.rules import save_rule
from promotions.campaigns import go_live, save_campaign, save_scheme
from promotions.models import Campaign
from warehouse.models import Carrier, Warehouse

DEPARTMENTS = {"D01": "服饰部", "D02": "家居部", "D03": "户外部"}
BARRED_PHONE = "13900004444"
"""The phone of a buyer who returns everything, on the blacklist."""

_LOOK_UP: dict[str, Callable[[str], Any]] = {
    "warehouse": lambda code: Warehouse.objects.get(code=code).pk,
    "carrier": lambda code: Carrier.objects.get(code=code).pk,
    "sku": lambda code: Sku.objects.get(code=code).pk,
    "shop": lambda code: Shop.objects.get(code=code).pk,
    "staff": lambda code: Staff.objects.get(username=code).pk,
    "department": lambda code: Department.objects.get(code=code).pk,
    "days": lambda text: (timezone.now() + dt.timedelta(days=int(text))).isoformat(),
}


def resolve(value: Any) -> Any:
    """The content with ids in the places of codes. Raises DoesNotExist, KeyError for what there is not."""
    if isinstance(value, dict):
        return {name: resolve(item) for name, item in value.items()}
    if isinstance(value, list):
        return [resolve(item) for item in value]
    if isinstance(value, str) and value.startswith("@"):
        kind, _colon, code = value[1:].partition(":")
        return _LOOK_UP[kind](code)
    return value


def _read(name: str) -> Any:
    return json.loads((DATA / name).read_text(encoding="utf-8"))


def make_rules(actor_id: int | None) -> None:
    """Coverage, freight, wish words, the rules of every stage, and the blacklist, as far as there are none."""
    if ApprovalPolicy.objects.exists():
        return
    for code, name in DEPARTMENTS.items():
        Department.objects.get_or_create(code=code, defaults={"name": name})
    for content in _coverages():
        save_rule("coverage", content, author_id=actor_id)
    for content in _freight_tables():
        save_rule("freight", content, author_id=actor_id)
    for rank, row in enumerate(rows("wish_words.csv"), start=1):
        word = {
            "name": row["word"],
            "priority": 10 * rank,
            "word": row["word"],
            "carrier": f"@carrier:{row['carrier']}",
        }
        save_rule("wish_word", resolve(word), author_id=actor_id)
    for kind, content in _read("rules.json"):
        save_rule(kind, resolve(content), author_id=actor_id)
    if not BlacklistEntry.objects.exists():
        add_entry(NewEntry(reason="恶意退货三次", phone=BARRED_PHONE), actor_id=actor_id)


def _coverages() -> Iterator[dict[str, Any]]:
    for row in rows("coverage.csv"):
        covered = [{"prefix": _prefix(prefix), "excluded": False} for prefix in row["covered"].split()]
        barred = [{"prefix": prefix, "excluded": True} for prefix in row["excluded"].split()]
        yield resolve({**_owners(row), "rows": covered + barred})


def _freight_tables() -> Iterator[dict[str, Any]]:
    tables: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows("freight.csv"):
        name = f"{row['carrier']} {row['warehouse'] or '全国'}"
        table = tables.setdefault(
            (row["carrier"], row["warehouse"]),
            {
                **_owners(row),
                "name": name,
                "volume_divisor": int(row["volume_divisor"]) if row["volume_divisor"] else None,
                "rates": [],
            },
        )
        table["rates"] += [
            {
                "prefix": _prefix(prefix),
                "first_weight_g": int(row["first_weight_g"]),
                "first_price": row["first_price"],
                "added_weight_g": 1000,
                "added_price": row["added_price"],
                "surcharge": row["surcharge"],
            }
            for prefix in row["regions"].split()
        ]
    for table in tables.values():
        yield resolve(table)


def _owners(row: dict[str, str]) -> dict[str, str | None]:
    return {name: f"@{name}:{row[name]}" if row[name] else None for name in ("carrier", "warehouse")}


def _prefix(text: str) -> str:
    return "" if text == "*" else text


def make_campaigns(actor_id: int | None) -> None:
    """The campaigns of the week, live, as far as there are none."""
    if Campaign.objects.exists():
        return
    now = timezone.now()
    for rank, planned in enumerate(_read("campaigns.json"), start=1):
        campaign = save_campaign(
            None,
            name=planned["name"],
            starts_at=now - dt.timedelta(days=1),
            ends_at=now + dt.timedelta(days=6),
            priority=10 * rank,
            actor_id=actor_id,
        )
        for scheme in planned["schemes"]:
            save_scheme({**resolve(scheme), "campaign": campaign.pk}, scheme_id=None, actor_id=actor_id)
        go_live(campaign.pk, actor_id=actor_id)
