"""One search box for any number, phone, buyer or goods; every area finds its own, within the person's scope."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from oms.accounts.models import Staff
from oms.catalog.queries import find_skus, receiver_ids
from orders.search_queries import find_orders, find_trades, matching_order_ids
from warehouse.queries import find_shipments

LONGEST = 128


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
    return [*_orders(staff, text, receivers), *_shipments(staff, text, receivers), *_goods(staff, text)]


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


def _goods(staff: Staff, text: str) -> Iterator[Hit]:
    if not staff.has_perm("catalog.view_product"):
        return
    for sku in find_skus(text):
        url = f"{reverse('catalog:products')}?{urlencode({'q': sku.code})}"
        yield Hit(_("Product"), sku.code, url, f"{sku.product.name} {sku.spec}".strip())
