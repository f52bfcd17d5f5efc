"""The goods of a window are read once and are, for each batch, what reading them for the batch alone would give."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from oms.catalog.models import Bundle, BundleComponent, Listing, Sku
from orders.engine.values import Draft
from orders.processing.goods import load_goods
from orders.what_if.goods import GoodsBook
from tests.factories import make_shop, make_sku
from tests.orders.values import make_draft, make_draft_line

pytestmark = pytest.mark.django_db


def make_bundle(code: str, *parts: Sku) -> Sku:
    sku = make_sku(code)
    bundle = Bundle.objects.create(sku=sku)
    BundleComponent.objects.bulk_create(
        [BundleComponent(bundle=bundle, sku=part, quantity=n) for n, part in enumerate(parts, start=1)]
    )
    return sku


def test_every_batch_gets_what_it_would_have_read_and_nothing_is_read_twice() -> None:
    shop = make_shop()
    single, other, gift = (make_sku(code) for code in ("A", "B", "G"))
    box = make_bundle("BOX", single, other)
    crate = make_bundle("CRATE", box)
    for sku in (single, box, crate):
        Listing.objects.create(shop=shop, item_id=sku.code, platform_sku_id="", sku=sku, binding="hand")

    def batch(*listed: Sku | str, known: Sku | None = None) -> list[Draft]:
        items = [one if isinstance(one, str) else one.code for one in listed]
        lines = [make_draft_line(item_id=item, platform_sku_id="", sku_id=None) for item in items]
        lines += [] if known is None else [make_draft_line(sku_id=known.id)]
        return [make_draft(lines, shop_id=shop.id)]

    batches = [
        batch(crate),
        batch(box, "nobody knows this"),
        batch(single, known=box),
        batch("nobody knows this", known=other),
    ]
    book = GoodsBook()
    for _round in range(2):
        for drafts in batches:
            assert book.of(drafts, {gift.id}) == load_goods(drafts, {gift.id})
    with CaptureQueriesContext(connection) as queries:
        for drafts in batches:
            book.of(drafts, {gift.id})
    assert len(queries) == 0
