"""One search box for any number, phone, buyer or goods; every area finds its own, within the person's scope."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from finance.queries import find_vouchers
from oms.accounts.models import Staff
from oms.catalog.queries import all_skus, find_skus, receiver_ids, sku_list
from orders.search_queries import find_orders, find_trades, matching_order_ids
from warehouse.purchase_queries import find_purchases
from warehouse.queries import find_shipments

LONGEST = 128
GUESSED = 12
"""Goods that are shown for a part of a name."""


@dataclass(frozen=True, slots=True)
class Hit:
    """Something that was found: its kind, number, page, and a line about it (the receiver in it is masked)."""

    kind: Promise
    name: str
    url: str
    about: str


def cleaned(text: str) -> str:
    """What was typed or scanned, without white space around it and characters that nothing holds."""
    return "".join(char for char in text if char.isprintable()).strip()[:LONGEST]


def search(staff: Staff, text: str) -> list[Hit]:
    """The hits, grouped by kind in the order of the way of an order. ``text`` is cleaned."""
    if not text:
        return []
    receivers = receiver_ids(text)
    hits = [*_orders(staff, text, receivers), *_shipments(staff, text, receivers), *_purchases(staff, text)]
    hits += _vouchers(staff, text)
    # A part of a name is looked for only when the text is no number of anything: it reads all the goods.
    return [*hits, *_goods(staff, text, guess=not hits)]


def _orders(staff: Staff, text: str, receivers: list[int]) -> Iterator[Hit]:
    if not staff.has_perm("orders.view_order"):
        return
    found = find_orders(staff, text, receivers)
    # A parcel's waybill is a way to its order.
    by_parcel = [shipment.order_no for shipment in find_shipments(staff, text)] if not found else []
    for number in by_parcel:
        found += find_orders(staff, number, ())
    for order in found:
        about = f"{order.get_state_display()} · {order.shop.name} · {order.buyer_nick} · {order.region_name} · {order.summary}"
        yield Hit(_("Order"), order.no, reverse("orders:order", args=[order.no]), about)
    if not found:
        for trade in find_trades(staff, text):
            about = f"{trade.get_state_display()} · {trade.shop.name} {trade.reason}".strip()
            yield Hit(_("Trade"), trade.trade_no, reverse("orders:trade", args=[trade.pk]), about)


def _shipments(staff: Staff, text: str, receivers: list[int]) -> Iterator[Hit]:
    if not staff.has_perm("warehouse.view_shipment"):
        return
    for shipment in find_shipments(staff, text, matching_order_ids(text, receivers)):
        state = shipment.get_state_display()
        about = (
            f"{state} · {shipment.carrier.name} {shipment.waybill_no} · {shipment.warehouse.name} · {shipment.summary}"
        )
        yield Hit(_("Shipment"), shipment.no, reverse("warehouse:shipment", args=[shipment.no]), about)


def _purchases(staff: Staff, text: str) -> Iterator[Hit]:
    if not staff.has_perm("warehouse.view_purchase"):
        return
    for purchase in find_purchases(staff, text):
        about = (
            f"{purchase.get_state_display()} · {purchase.supplier} · {purchase.warehouse.name} · {purchase.expected_on}"
        )
        yield Hit(_("Purchase order"), purchase.no, reverse("warehouse:purchase", args=[purchase.no]), about)


def _vouchers(staff: Staff, text: str) -> Iterator[Hit]:
    if not staff.has_perm("finance.view_voucher"):
        return
    for voucher in find_vouchers(staff, text):
        about = f"{voucher.get_kind_display()} · {voucher.shop.name} · {voucher.day}"
        yield Hit(_("Voucher"), voucher.no, reverse("finance:voucher", args=[voucher.no]), about)


def _goods(staff: Staff, text: str, *, guess: bool) -> Iterator[Hit]:
    if not staff.has_perm("catalog.view_product"):
        return
    skus = find_skus(staff, text)
    if not skus and guess:
        skus = list(all_skus(staff).filter(id__in=sku_list(staff, text).values("id")[:GUESSED]))
    for sku in skus:
        query = {"q": sku.code} if sku.enabled else {"q": sku.code, "off": "on"}
        url = f"{reverse('catalog:products')}?{urlencode(query)}"
        yield Hit(_("Product"), sku.code, url, f"{sku.product.name} {sku.spec}".strip())
