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
from oms.accounts.scopes import scope_q
from oms.catalog.queries import find_skus, guess_skus, receiver_ids
from orders.models import Order
from orders.search_queries import find_orders, find_trades, matching_order_ids, orders_numbered
from warehouse.models import Shipment
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
    sees_orders, sees_shipments = staff.has_perm("orders.view_order"), staff.has_perm("warehouse.view_shipment")
    ids = matching_order_ids(text, receivers, staff) if sees_orders else []
    parcels: list[Shipment] = []
    if sees_shipments or (sees_orders and not ids):
        # A parcel may be the person's where its order is not: another warehouse sends it.
        known = sees_orders and not scope_q(Order, staff)
        parcels = find_shipments(staff, text, ids if known else matching_order_ids(text, receivers))
    hits: list[Hit] = []
    if sees_orders:
        # A parcel's waybill is a way to its order.
        hits += _orders(
            staff, text, find_orders(staff, ids) or orders_numbered(staff, [one.order_no for one in parcels])
        )
    if sees_shipments:
        hits += map(_shipment, parcels)
    hits += _purchases(staff, text)
    hits += _vouchers(staff, text)
    # A part of a name is looked for only when the text is no number of anything: it reads all the goods.
    return [*hits, *_goods(staff, text, guess=not hits)]


def _orders(staff: Staff, text: str, found: list[Order]) -> Iterator[Hit]:
    for order in found:
        about = f"{order.get_state_display()} · {order.shop.name} · {order.buyer_nick} · {order.region_name} · {order.summary}"
        yield Hit(_("Order"), order.no, reverse("orders:order", args=[order.no]), about)
    if not found:
        for trade in find_trades(staff, text):
            about = f"{trade.get_state_display()} · {trade.shop.name} {trade.reason}".strip()
            yield Hit(_("Trade"), trade.trade_no, reverse("orders:trade", args=[trade.pk]), about)


def _shipment(shipment: Shipment) -> Hit:
    state = shipment.get_state_display()
    about = f"{state} · {shipment.carrier.name} {shipment.waybill_no} · {shipment.warehouse.name} · {shipment.summary}"
    return Hit(_("Shipment"), shipment.no, reverse("warehouse:shipment", args=[shipment.no]), about)


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
        skus = guess_skus(staff, text, GUESSED)
    for sku in skus:
        query = {"q": sku.code} if sku.enabled else {"q": sku.code, "off": "on"}
        url = f"{reverse('catalog:products')}?{urlencode(query)}"
        yield Hit(_("Product"), sku.code, url, f"{sku.product.name} {sku.spec}".strip())
