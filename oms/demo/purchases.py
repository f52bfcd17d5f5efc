"""The purchase orders of the demo: some on their way, one late and come in part, one not ordered yet."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict

from django.utils import timezone

from oms.accounts.models import Staff
from oms.catalog.models import Sku
from oms.core.numbering import business_day
from oms.demo.files import rows
from warehouse.arrivals import take_in
from warehouse.models import PurchaseOrder, Warehouse
from warehouse.purchasing import LineWish, PurchaseWish, enter

KEEPER = "wuqiang"
DRAFTS = frozenset({"CG2611-027"})
NOTE = "SH-6630"


def make_purchases() -> None:
    """Enter them once, by the keeper of the warehouse. Nothing that is short elsewhere in the demo has come: its scenes wait for it."""
    if PurchaseOrder.objects.exists():
        return
    keeper, today = Staff.objects.get(username=KEEPER), business_day(timezone.now())
    houses = dict(Warehouse.objects.values_list("code", "id"))
    skus = {code: (pk, cost) for code, pk, cost in Sku.objects.values_list("code", "id", "cost")}
    orders: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in rows("purchases.csv"):
        orders[row["number"]].append(row)
    wishes = {
        number: PurchaseWish(
            houses[lines[0]["warehouse"]],
            lines[0]["supplier"],
            today + dt.timedelta(days=int(lines[0]["days"])),
            tuple(LineWish(skus[line["sku"]][0], int(line["units"]), skus[line["sku"]][1] or None) for line in lines),
            number,
            lines[0]["note"],
        )
        for number, lines in orders.items()
    }
    enter([wish for number, wish in wishes.items() if number in DRAFTS], actor_id=keeper.pk)
    for made in enter(
        [wish for number, wish in wishes.items() if number not in DRAFTS], actor_id=keeper.pk, order=True
    ):
        came = {skus[line["sku"]][0]: int(line["came"]) for line in orders[made.external_no] if line["came"]}
        if came:
            lines = made.lines.filter(sku__in=came).values_list("pk", "sku_id")
            take_in(made.pk, NOTE, {pk: came[sku] for pk, sku in lines}, by=keeper)
