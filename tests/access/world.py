"""A small company in which everything is there twice: once at the shop and the warehouse of whoever asks, once elsewhere.

What lies elsewhere carries words and numbers that nothing else has, so that an answer which holds one of them tells of it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import orjson
from django.apps import apps
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from finance.models import PostingDue, Voucher
from finance.posting import post_due
from integrations.models import MissedTrade
from oms.accounts.models import Staff
from oms.accounts.roles import ROLES
from oms.catalog import import_jobs
from oms.catalog.models import Category, Listing, Product, Shop, Sku
from oms.core import jobs, versions
from oms.core.models import Job, RuleVersion
from oms.core.rule_kinds import kind_of
from oms.portal.models import Announcement
from orders import audit
from orders.batches.start import KIND as BATCH
from orders.importing import run as order_imports
from orders.models import (
    ApprovalPolicy,
    BlacklistEntry,
    MemoUpload,
    Order,
    OrderBatch,
    RoutingRule,
    SavedView,
    Trade,
    WaybillUpload,
)
from orders.pipeline import process_due
from orders.trades.document import RejectedDocument, TradeReceiver
from orders.trades.intake import store_trades
from orders.what_if import campaigns as campaign_runs
from orders.what_if import runs
from promotions.campaigns import KIND as SCHEME
from promotions.models import Campaign, Scheme
from tests.factories import (
    make_carrier,
    make_category,
    make_company,
    make_line,
    make_purchase,
    make_shop,
    make_sku,
    make_staff,
    make_warehouse,
    put_stock,
)
from tests.factories.trades import RECEIVER, START, make_document, received
from tests.promotions.stored import make_campaign, make_scheme
from warehouse.models import PurchaseOrder, Shipment, StockBalance, Warehouse
from warehouse.shipping import ship

ODD = TradeReceiver("异人乙", "13677774444", "异地路 7 号", "浙江省", "杭州市", "西湖区")
FAR = TradeReceiver("外人甲", "13655554444", "外地路 77 号", "广东省", "广州市", "天河区")
RATE = {"regions": [], "first_weight_g": 1000, "first_price": "5.00", "added_weight_g": 1000, "added_price": "1.00"}
OWN_TABLES = {"accounts_secondfactor"}
"""What a look at one's own page may write."""
DAY = dt.timedelta(days=1)
KINDS = {
    "import": import_jobs.KIND,
    "orders": order_imports.KIND,
    "what_if": runs.KIND,
    "trial": campaign_runs.KIND,
    "batch": BATCH,
}


@dataclass(slots=True)
class Scene:
    """What one shop and one warehouse hold: orders in several states, and what hangs on them.

    ``of_shop`` are texts that only its shop's people may read, ``of_warehouse`` those that only its warehouse's may.
    """

    shop: Shop
    warehouse: Warehouse
    orders: dict[str, Order]
    rejected: Trade
    listing: Listing
    parcel: Shipment
    gone: Shipment
    upload: WaybillUpload
    memo: MemoUpload
    voucher: Voucher
    posting: PostingDue
    balance: StockBalance
    sku: Sku
    purchase: PurchaseOrder
    of_shop: frozenset[str] = frozenset()
    of_warehouse: frozenset[str] = frozenset()
    of_category: frozenset[str] = frozenset()


@dataclass(slots=True)
class World:
    """The company: the own scene, the foreign ones once they are there, and one of each thing that the whole company shares.

    ``strange`` is of the own shop and warehouse, with goods of another category.
    """

    own: Scene
    sku: Sku
    things: dict[str, int] = field(default_factory=dict)
    people: dict[tuple[str, str], Staff] = field(default_factory=dict)
    of_person: dict[tuple[int, str], int] = field(default_factory=dict)
    foreign: Scene | None = None
    strange: Scene | None = None
    strange_skus: tuple[Sku, ...] = ()

    @property
    def elsewhere(self) -> Scene:
        assert self.foreign is not None
        return self.foreign

    @property
    def odd(self) -> Scene:
        assert self.strange is not None
        return self.strange


def make_world() -> World:
    """The own scene, what the whole company shares, and for each role three people: limited by shop, by warehouse, by both."""
    company = make_company(skus=3)
    far = make_warehouse("WAICANG", name="外仓库房")
    RoutingRule.objects.create(name="华南", kind="warehouse", warehouse=far, regions=["44"], priority=1)
    ApprovalPolicy.objects.update(allow_message=True)
    other = make_carrier("ZTO")
    put_stock(far, dict.fromkeys(company.skus, 700))
    own = make_scene(company.shop, company.warehouse, company.skus, "内店", RECEIVER)
    world = World(own, company.sku, _shared(company.sku, other.pk))
    for role in ROLES:
        for limit in ("shop", "warehouse", "both"):
            world.people[role.code, limit] = make_staff(
                role=role.code,
                shops=None if limit == "warehouse" else [company.shop],
                warehouses=None if limit == "shop" else [company.warehouse],
            )
    everything = [role.code for role in ROLES]
    places: dict[str, Any] = {"shops": [company.shop], "warehouses": [company.warehouse]}
    world.people["everything", "both"] = make_staff(roles=everything, **places)
    _sort_goods(world, company.skus)
    world.people["everything", "category"] = make_staff(
        roles=everything, categories=[Category.objects.get(name="内类")], **places
    )
    return world


def _sort_goods(world: World, own: tuple[Sku, ...]) -> None:
    """The own goods lie under the category that people are given, those of the strange scene beside it."""
    ours = make_category("内类之下", make_category("内类"))
    Product.objects.filter(skus__in=own).update(category=ours)
    world.things["category"] = ours.pk
    world.strange_skus = tuple(make_sku(f"YI-{n}", price=f"{n * 10}.00") for n in (1, 2, 3))
    Product.objects.filter(skus__in=world.strange_skus).update(category=make_category("别类"), name="异类货")
    put_stock(world.own.warehouse, dict.fromkeys(world.strange_skus, 900))


def add_strange(world: World) -> None:
    """Orders of the own shop and warehouse with goods of another category."""
    scene = make_scene(world.own.shop, world.own.warehouse, world.strange_skus, "异类", ODD, known=True)
    numbers = {text for order in scene.orders.values() for text in (order.no, order.trade_no)}
    numbers |= {scene.parcel.no, scene.gone.no, scene.gone.waybill_no, scene.voucher.no}
    numbers |= {scene.purchase.no, scene.purchase.supplier}
    scene.of_category = frozenset(numbers | {"异类", "YI-1", "YI-2", "YI-3"})
    world.strange = scene


def start_jobs(world: World) -> None:
    """Of everybody a finished import, comparison, trial of a campaign and batch, and a saved view.

    What a comparison shows depends on who started it: it is run for whoever may.
    """
    draft = RuleVersion.objects.get(pk=world.things["draft"])
    campaign = Campaign.objects.get(pk=world.things["campaign"])
    since, until = START - DAY, timezone.now() + DAY
    for staff in [*world.people.values(), Staff.objects.get(pk=world.things["colleague"])]:
        report = default_storage.save("import.csv", ContentFile("行,错误\n"))
        made = {kind: _job(staff, code) for kind, code in KINDS.items()}
        for kind in ("import", "orders"):
            made[kind].result = {"report": report}
            made[kind].save()
        if staff.has_perm("orders.view_rule"):
            made["what_if"] = runs.start_what_if(draft, staff, since=since, until=until)
        if staff.has_perms(["promotions.view_campaign", "orders.view_order"]):
            made["trial"] = campaign_runs.start(campaign, staff, since=since, until=until)
        OrderBatch.objects.create(job=made["batch"], action="hold", params={})
        view = SavedView.objects.create(owner=staff, name="看", stage="open")
        world.of_person |= {(staff.pk, kind): job.pk for kind, job in made.items()} | {(staff.pk, "view"): view.pk}
    jobs.run_due(limit=len(world.of_person))


def _job(staff: Staff, kind: str) -> Job:
    return Job.objects.create(kind=kind, title=f"任务{staff.pk}", state="done", created_by=staff)


def add_foreign(world: World) -> None:
    """Another shop, whose orders ship from another warehouse."""
    shop = make_shop("WAIDIAN", name="外店专营")
    far = Warehouse.objects.get(code="WAICANG")
    skus = tuple(Sku.objects.order_by("id"))
    scene = make_scene(shop, far, skus, "外店", FAR)
    numbers = {order.no for order in scene.orders.values() if order.warehouse_id}
    numbers |= {scene.parcel.no, scene.gone.no, scene.gone.waybill_no, scene.voucher.no}
    bought = {scene.purchase.no, scene.purchase.supplier}
    scene.of_warehouse = frozenset(numbers | bought | {far.name, far.code})
    scene.of_shop = frozenset(
        numbers
        | {order.no for order in scene.orders.values()}
        | {order.trade_no for order in scene.orders.values()}
        | {shop.name, shop.code, scene.rejected.trade_no, "外店", "外人甲", "13655554444"}
    )
    world.foreign = scene


def make_scene(
    shop: Shop, warehouse: Warehouse, skus: tuple[Sku, ...], word: str, receiver: TradeReceiver, *, known: bool = False
) -> Scene:
    """Orders to be audited by both departments, approved, shipped (told and posted), set aside, broken; and a trade nobody can read.

    With ``known`` all goods are known and every trade can be read, since what has no category is everybody's.
    """

    def document(name: str, sku: Sku | str, quantity: int, **values: Any) -> Any:
        title = f"{word}宝贝"
        line = make_line(sku, quantity, title=title, item_id=f"{word}-{name}", sku_id=f"{word}-{name}")
        return make_document([line], buyer_nick=f"{word}买家", buyer_message=f"{word}留言", receiver=receiver, **values)

    wanted = {
        "cs": document("cs", skus[0], 61),
        "cs2": document("cs2", skus[0], 62),
        "finance": document("finance", skus[0], 41),
        "approved": document("approved", skus[0], 1),
        "shipped": document("shipped", skus[1], 1),
        "aside": document("aside", skus[2], 1),
        "broken": document("broken", skus[1] if known else f"{word}nobody", 1, seller_memo=f"{word}备注"),
    }
    store_trades(shop, [received(one) for one in wanted.values()], [] if known else [_unreadable(word)])
    process_due()
    made = {name: Order.objects.get(trade_no=one.trade_no) for name, one in wanted.items()}
    _hold_and_release(made["cs2"])
    parcels = {name: Shipment.objects.get(order_id=made[name].pk) for name in ("approved", "shipped", "aside")}
    ship([parcels["shipped"].pk], actor_id=None)
    post_due()
    ship([parcels["aside"].pk], actor_id=None)
    posting = PostingDue.objects.get(order=made["aside"])
    PostingDue.objects.filter(pk=posting.pk).update(reason_code="parcel_differs")
    upload = WaybillUpload.objects.get(order=made["shipped"])
    WaybillUpload.objects.filter(pk=upload.pk).update(state="failed", will_retry=False, reason="单号不存在")
    trade = Trade.objects.get(shop=shop, trade_no=made["shipped"].trade_no)
    memo = MemoUpload.objects.create(
        trade=trade, order=made["shipped"], shop=shop, memo=f"{word}备注", state="failed", will_retry=False
    )
    if not known:
        MissedTrade.objects.create(shop=shop, trade_no=f"{word}漏单")
    for order in made.values():
        order.refresh_from_db()
    return Scene(
        shop=shop,
        warehouse=warehouse,
        orders=made,
        rejected=trade if known else Trade.objects.get(shop=shop, state="rejected"),
        listing=Listing.objects.get(shop=shop, item_id=f"{word}-broken"),
        parcel=parcels["approved"],
        gone=Shipment.objects.get(pk=parcels["shipped"].pk),
        upload=upload,
        memo=memo,
        voucher=Voucher.objects.filter(sources__order=made["shipped"]).order_by("id")[0],
        posting=posting,
        balance=StockBalance.objects.get(warehouse=warehouse, sku=skus[0]),
        sku=skus[0],
        purchase=make_purchase(warehouse, {skus[0]: 7}, supplier=f"{skus[0].code} {warehouse.code} 厂"),
    )


def _hold_and_release(order: Order) -> None:
    audit.hold([order.pk], actor_id=make_staff().pk, reason="等一等")


def _unreadable(word: str) -> RejectedDocument:
    body = orjson.dumps({"tid": f"{word}9001", "buyer": f"{word}买家"})
    return RejectedDocument(f"{word}9001", body, "missing_payment", "没有实付金额（payment）。")


def _shared(sku: Sku, carrier_id: int) -> dict[str, int]:
    """The ids of what belongs to nobody in particular: rules, campaigns, the blacklist."""
    word = versions.save_rule("wish_word", _wish("发中通", carrier_id), author_id=None)
    draft = versions.draft("wish_word", _wish("留言", carrier_id), author_id=None, rule_id=word.rule_id)
    freight = versions.save_rule("freight", {"name": "运价", "carrier": carrier_id, "rates": [RATE]}, author_id=None)
    campaign: Campaign = make_campaign()
    scheme: Scheme = make_scheme(sku, campaign=campaign)
    content = kind_of(SCHEME).content_of(scheme)
    planned = versions.draft(SCHEME, content, author_id=None, rule_id=scheme.pk)
    entry = BlacklistEntry.objects.create(platform="taobao", buyer_id="坏买家", reason="恶意退货")
    assert word.rule_id is not None
    assert freight.rule_id is not None
    return {
        "rule": word.rule_id,
        "version": word.pk,
        "draft": draft.pk,
        "freight": freight.rule_id,
        "campaign": campaign.pk,
        "scheme": scheme.pk,
        "scheme_draft": planned.pk,
        "entry": entry.pk,
        "announcement": Announcement.objects.create(title="盘点", body="周五盘点").pk,
        "colleague": make_staff("colleague").pk,
        "sku": sku.pk,
    }


def _wish(word: str, carrier_id: int) -> dict[str, Any]:
    return {"name": word, "word": word, "carrier": carrier_id, "source": "both"}


def snapshot(cursor: Any) -> str:
    """One text for everything that the company knows: any change of any of our rows changes it."""
    ours = {apps.get_app_config(path.rpartition(".")[2]).label for path in settings.OUR_APPS}
    found = (model._meta.db_table for model in apps.get_models() if model._meta.app_label in ours)
    # That somebody did something is recorded, and changes nothing of what it is about.
    sums = (
        f"(SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {table} t)"
        for table in sorted(set(found) - OWN_TABLES - {"accounts_auditentry"})
    )
    cursor.execute(f"SELECT concat_ws('/', {', '.join(sums)})")
    return str(cursor.fetchone()[0])
