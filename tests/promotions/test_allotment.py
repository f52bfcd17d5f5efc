"""Gifts allotted for good: exact limits, grants, and what comes back."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from django.db import close_old_connections, connection, transaction
from django.db.utils import OperationalError
from django.test.utils import CaptureQueriesContext

from oms.catalog.models import Shop, Sku
from promotions.allotment import CANCELLED, MATCHED_ANEW, REFUNDED, Allotted, StaleQuota, allot, give_back
from promotions.engine.match import plan_gifts
from promotions.engine.values import Basket, BasketLine, PromotionSnapshot, SchemeFacts
from promotions.load import gift_skus, live_schemes, load_goods, load_used
from promotions.models import GiftGrant, LimitCounter, Scheme
from tests.factories import make_shop, make_sku

from .make import NOON
from .stored import make_scheme

BUYERS, ORDERS, QUOTA, EACH = 800, 5_000, 1_000, 2
CONNECTIONS, BATCH = 8, 50


def make_basket(key: int, shop: Shop, sku: Sku, buyer: str, units: int = 1) -> Basket:
    return Basket(key, shop.id, buyer, "330106", NOON, NOON, (BasketLine(0, sku.id, units, 1000 * units),))


def snapshot_of(
    baskets: Sequence[Basket], schemes: tuple[SchemeFacts, ...], *, lock: bool = False
) -> PromotionSnapshot:
    goods = load_goods({line.sku_id for basket in baskets for line in basket.lines})
    stock = dict.fromkeys(gift_skus(schemes), 1_000_000)
    return PromotionSnapshot(schemes, goods, stock, load_used(baskets, schemes, lock=lock))


def allot_batch(baskets: Sequence[Basket], *, lock: bool = False) -> int:
    """What the pipeline does with a batch: plan, allot; the number of units given."""
    schemes = live_schemes(NOON, NOON)
    plan = plan_gifts(baskets, snapshot_of(baskets, schemes, lock=lock))
    items = [
        Allotted(basket.key, basket, grant)
        for basket, verdict in zip(baskets, plan.baskets, strict=True)
        for grant in verdict.grants
    ]
    allot(items, at=NOON)
    return sum(item.grant.units for item in items)


def with_retry(baskets: Sequence[Basket]) -> int:
    for attempt in range(5):
        try:
            with transaction.atomic():
                return allot_batch(baskets, lock=attempt > 0)
        except StaleQuota:
            continue
    raise AssertionError("stale under lock")


@pytest.fixture
def goods(db: None) -> tuple[Shop, Sku, Sku]:
    return make_shop(), make_sku("A1"), make_sku("GIFT", cost="1.50")


def test_a_grant_is_written_with_its_cost_and_sales(goods: tuple[Shop, Sku, Sku]) -> None:
    shop, sku, gift = goods
    scheme = make_scheme(gift, threshold="2", quantity=3, kind=Scheme.Kind.QUANTITY_REACHED, total_limit=10)
    with transaction.atomic():
        assert allot_batch([make_basket(7, shop, sku, "taobao:x", units=4)]) == 3
    grant = GiftGrant.objects.get()
    assert (grant.order_id, grant.units, str(grant.cost), str(grant.sales)) == (7, 3, "4.50", "20.00")
    assert grant.gifts == {str(gift.id): 3}
    assert LimitCounter.objects.get().used == 3
    assert str(scheme) == "买就送"


@pytest.mark.parametrize(
    ("why", "rule", "left"),
    [
        (CANCELLED, {}, 0),
        (CANCELLED, {"give_back_on_cancel": False}, 1),
        (REFUNDED, {}, 0),
        (REFUNDED, {"give_back_on_refund": False}, 1),
        (MATCHED_ANEW, {"give_back_on_cancel": False, "give_back_on_refund": False}, 0),
    ],
)
def test_what_comes_back_is_the_scheme_s_rule(
    goods: tuple[Shop, Sku, Sku], why: str, rule: dict[str, Any], left: int
) -> None:
    shop, sku, gift = goods
    make_scheme(gift, total_limit=5, buyer_limit=5, **rule)
    with transaction.atomic():
        allot_batch([make_basket(1, shop, sku, "taobao:x")])
        give_back([1], why)
        give_back([1], why)
    assert set(LimitCounter.objects.values_list("used", flat=True)) == {left}
    assert GiftGrant.objects.filter(state=GiftGrant.State.ACTIVE).count() == left


def test_a_limit_used_up_meanwhile_makes_the_plan_stale(goods: tuple[Shop, Sku, Sku]) -> None:
    shop, sku, gift = goods
    scheme = make_scheme(gift, total_limit=1)
    basket = make_basket(1, shop, sku, "taobao:x")
    schemes = live_schemes(NOON, NOON)
    grant = plan_gifts([basket], snapshot_of([basket], schemes)).baskets[0].grants[0]
    LimitCounter.objects.create(scheme=scheme, key="total", used=1, allowed=1)
    with pytest.raises(StaleQuota), transaction.atomic():
        allot([Allotted(1, basket, grant)], at=NOON)
    assert not GiftGrant.objects.exists()


def queries(baskets: Sequence[Basket]) -> int:
    with (
        CaptureQueriesContext(
            connection,
        ) as captured,
        transaction.atomic(),
    ):
        allot_batch(baskets)
    return len(captured)


def test_queries_do_not_depend_on_the_batch(goods: tuple[Shop, Sku, Sku]) -> None:
    shop, sku, gift = goods
    make_scheme(gift, total_limit=1000, buyer_limit=2, day_limit=900)
    one = queries([make_basket(1, shop, sku, "taobao:x")])
    hundred = queries([make_basket(100 + n, shop, sku, f"taobao:{n % 60}") for n in range(100)])
    assert one == hundred


# -- eight connections ----------------------------------------------------------------------------------------------------


def run_at_once(batches: list[list[Basket]], work: Callable[[Sequence[Basket]], int]) -> list[BaseException]:
    """Let eight threads, each with a connection of its own, take batch after batch; what they raised."""
    errors: list[BaseException] = []
    queue = iter(batches)
    guard = threading.Lock()

    def worker() -> None:
        try:
            for batch in _shared(queue, guard):
                work(batch)
        except (AssertionError, OperationalError) as error:
            errors.append(error)
        finally:
            connection.close()
            close_old_connections()

    threads = [threading.Thread(target=worker) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


def _shared(queue: Iterator[list[Basket]], guard: threading.Lock) -> Iterator[list[Basket]]:
    while True:
        with guard:
            batch = next(queue, None)
        if batch is None:
            return
        yield batch


def crowd() -> list[list[Basket]]:
    """Five thousand orders of eight hundred buyers, mixed, in batches."""
    shop, sku, gift = make_shop(), make_sku("A1"), make_sku("GIFT")
    make_scheme(gift, total_limit=QUOTA, buyer_limit=EACH)
    rng = random.Random(11)
    baskets = [make_basket(key, shop, sku, f"taobao:{rng.randrange(BUYERS)}") for key in range(1, ORDERS + 1)]
    return [baskets[start : start + BATCH] for start in range(0, ORDERS, BATCH)]


def given_units() -> tuple[int, int]:
    """Units given in all, and the most that one buyer got, by the grants themselves."""
    by_buyer: Counter[str] = Counter()
    for buyer, units in GiftGrant.objects.filter(state="active").values_list("buyer", "units"):
        by_buyer[buyer] += units
    return sum(by_buyer.values()), max(by_buyer.values())


@pytest.mark.django_db(transaction=True)
def test_a_thousand_gifts_for_five_thousand_orders_are_exactly_a_thousand() -> None:
    batches = crowd()
    assert run_at_once(batches, with_retry) == []
    total, most = given_units()
    assert (total, most) == (QUOTA, EACH)
    assert LimitCounter.objects.get(key="total").used == QUOTA


@pytest.mark.django_db(transaction=True)
def test_without_the_guarded_counters_more_is_given() -> None:
    """The lockless twin: read what was used, plan, write the grants and the counters as they were read."""
    batches = crowd()
    scheme_id = Scheme.objects.get().id
    together = threading.Barrier(CONNECTIONS, timeout=20)

    def read_then_write(baskets: Sequence[Basket]) -> int:
        schemes = live_schemes(NOON, NOON)
        plan = plan_gifts(baskets, snapshot_of(baskets, schemes))
        if not together.broken:
            together.wait()
        grants = [(b, g) for b, v in zip(baskets, plan.baskets, strict=True) for g in v.grants]
        GiftGrant.objects.bulk_create(
            GiftGrant(
                scheme_id=scheme_id, scheme_version=1, order_id=b.key, shop_id=b.shop_id, buyer=b.buyer, units=g.units
            )
            for b, g in grants
        )
        return len(grants)

    assert run_at_once(batches[: CONNECTIONS * 5], read_then_write) == []
    total, most = given_units()
    assert total > QUOTA or most > EACH
