"""What the walk does at every door of the product: how it asks, and by what an object is foreign there.

A door that is not here fails the walk: whoever adds a page or a route decides here how its object is made, and by which of shop,
warehouse, category of goods and person it is somebody else's. The kinds of decision:

    page()                a list, a count, a form: nothing is named; no foreign row may show in it
    one(where, by)        one object, named in the address: foreign ones are 404
    many(what, by)        objects named by the form: foreign ones are left alone
    shared(where)         what belongs to the whole company
    own(where)            what belongs to a person: other people's are 404
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Any

from oms.accounts.models import Staff
from tests.access.world import Scene, World

Values = Mapping[str, Any]
Maker = Callable[[World, Scene, Staff], Values]

SHOP, WAREHOUSE, CATEGORY, PERSON = "shop", "warehouse", "category", "person"
EACH = frozenset({SHOP, WAREHOUSE, CATEGORY})


def _nothing(_world: World, _scene: Scene, _staff: Staff) -> Values:
    return {}


@dataclass(frozen=True, slots=True)
class Way:
    """How a door is asked: ``where`` makes what stands in the address, ``sent`` the form or the query.

    ``by`` says by which dimensions an object is foreign; ``named`` is true when the address itself names it (404 then).
    ``shown`` are texts of the foreign scene that may be read all the same, since rules of the whole company name them; ``also`` are
    permissions that the view asks for beside those of its gate, since they depend on what is asked. ``company`` is what everybody has in
    common.
    """

    method: str = "GET"
    where: Maker = _nothing
    sent: Maker = _nothing
    by: frozenset[str] = frozenset()
    named: bool = False
    shown: frozenset[str] = frozenset()
    also: tuple[str, ...] = ()
    company: bool = False


def page(sent: Values | None = None, method: str = "GET", shown: tuple[str, ...] = ()) -> Way:
    """A page that names nothing."""
    given = sent or {}
    return Way(method, sent=lambda _world, _scene, _staff: given, shown=frozenset(shown))


def one(where: Maker, by: frozenset[str] = EACH, method: str = "GET", sent: Values | None = None) -> Way:
    """One object of a shop, a warehouse or a category, named in the address."""
    given = sent or {}
    return Way(method, where, lambda _world, _scene, _staff: given, by, named=True)


def many(sent: Maker, by: frozenset[str] = EACH, method: str = "POST", named: bool = False, **where: str) -> Way:
    """Objects that the form names."""
    return Way(method, lambda _world, _scene, _staff: where, sent, by, named)


def shared(method: str = "GET", sent: Values | None = None, shown: tuple[str, ...] = (), **where: str) -> Way:
    """An object of the whole company: ``where`` gives the name of the thing of ``World.things``, or a word after ``=``."""
    given = sent or {}

    def place(world: World, _scene: Scene, _staff: Staff) -> Values:
        return {name: thing[1:] if thing.startswith("=") else world.things[thing] for name, thing in where.items()}

    return Way(method, place, lambda _world, _scene, _staff: given, shown=frozenset(shown), company=True)


def own(kind: str, method: str = "GET", param: str = "job_id", **more: str) -> Way:
    """What a person made: a job that they started, a view that they saved."""
    return Way(
        method, lambda world, _scene, staff: {param: world.of_person[staff.pk, kind], **more}, by=frozenset({PERSON})
    )


def order(state: str) -> Maker:
    """The number of an order of the scene."""
    return lambda _world, scene, _staff: {"no": scene.orders[state].no}


def orders(*states: str, **more: Any) -> Maker:
    """Orders of the scene, as a batch names them."""
    return lambda _world, scene, _staff: {"ids": [scene.orders[state].pk for state in states], **more}


def _named(name: str, path: str, **more: str) -> Maker:
    """One thing of the scene, by its name in the address and the way to it."""
    of = attrgetter(path)
    return lambda _world, scene, _staff: {name: of(scene), **more}


_shop, _listing, _trade = (
    _named("code", "shop.code"),
    _named("listing_id", "listing.pk"),
    _named("trade_id", "rejected.pk"),
)
_parcel, _voucher, _balance = _named("no", "parcel.no"), _named("no", "voucher.no"), _named("pk", "balance.pk")
_purchase = _named("no", "purchase.no")


def _parcels(_world: World, scene: Scene, _staff: Staff) -> Values:
    return {"ids": [scene.parcel.pk]}


def _uploads(_world: World, scene: Scene, _staff: Staff) -> Values:
    return {"ids": [scene.upload.pk], "reason": "已在平台处理"}


def _memos(_world: World, scene: Scene, _staff: Staff) -> Values:
    return {"ids": [scene.memo.pk], "reason": "已在平台处理"}


def _split(_world: World, scene: Scene, _staff: Staff) -> Values:
    wanted = scene.orders["cs"]
    line = wanted.lines.order_by("position")[0]
    return {"ids": [wanted.pk], "kind": "hand", f"part-2-{line.pk}": "1"}


def _merge(_world: World, scene: Scene, _staff: Staff) -> Values:
    return {"ids": [scene.orders["cs"].pk, scene.orders["cs2"].pk]}


def _search(_world: World, scene: Scene, _staff: Staff) -> Values:
    return {"q": scene.orders["approved"].no}


def _copied(name: str) -> Maker:
    return lambda _world, scene, _staff: {name: scene.orders["cs"].no}


def _try(world: World, scene: Scene, _staff: Staff) -> Values:
    return {"number": scene.orders["approved"].no, "draft": ""}


def _basket(_world: World, scene: Scene, _staff: Staff) -> Values:
    return {"order": scene.orders["approved"].no}


def _span(_world: World, scene: Scene, _staff: Staff) -> Values:
    return {"since": "2026-11-01", "until": "2026-11-30", "shop": [scene.shop.pk]}


ONLY_SHOP, OF_SHOP, OF_WAREHOUSE = frozenset({SHOP}), frozenset({SHOP, CATEGORY}), frozenset({WAREHOUSE, CATEGORY})
ONLY_CATEGORY = frozenset({CATEGORY})
RULES = ("外仓库房", "外店专营", "WAICANG", "WAIDIAN", "外店")
"""Rules of the company name shops and warehouses; whoever sees rules sees their names."""

READERS = ("外店",)  # whoever writes an announcement sees everybody for whom it is

PAGES: dict[str, Way] = {
    "portal:home": page(),
    "portal:pulse": page(),
    "portal:palette": page(),
    "portal:search": Way(sent=_search, by=EACH),
    "portal:jobs": page(),
    "portal:stop_job": own("import", "POST"),
    "portal:job_result": own("import"),
    "portal:announcements": page(),
    "portal:read_announcement": shared("POST", announcement_id="announcement"),
    "portal:manage_announcements": page(),
    "portal:add_announcement": page(),
    "portal:change_announcement": shared(announcement_id="announcement", shown=READERS),
    "portal:end_announcement": shared("POST", announcement_id="announcement"),
    "portal:checks": page(),
    "portal:export": Way(
        "POST",
        where=lambda _world, _scene, _staff: {"code": "orders"},
        sent=lambda _world, _scene, _staff: {"form": "csv", "query": "stage=open"},
        by=EACH,
        also=("orders.view_order", "accounts.export_orders"),
    ),
    "accounts:password": page(),
    "accounts:second_factor": page(),
    "accounts:renew_recovery_codes": page(method="POST"),
    "accounts:turn_off_second_factor": page(method="POST"),
    "staff:reset_second_factor": shared("POST", staff_id="colleague"),
    "staff:members": page(),
    "staff:add": page(shown=RULES),
    "staff:roles": page(),
    "staff:audit": page(),
    "staff:member": shared(staff_id="colleague", shown=RULES),
    "staff:end_sessions": shared("POST", staff_id="colleague"),
    "catalog:products": page(),
    "catalog:categories": page(),
    "catalog:add_category": page({"name": "新类"}, "POST"),
    "catalog:move_category": shared("POST", category_id="category"),
    "catalog:import_products": page(method="POST"),
    "catalog:import_progress": own("import"),
    "catalog:import_cancel": own("import", "POST"),
    "catalog:import_report": own("import"),
    "catalog:listings": page(),
    "catalog:bind": one(_listing, OF_SHOP, "POST", {"code": "A1"}),
    "catalog:import_listings": page(method="POST"),
    "catalog:sku_choices": page({"code": "A"}),
    "integrations:shops": page(),
    "integrations:add_shop": page(),
    "integrations:shop": one(_shop, ONLY_SHOP),
    "integrations:save_shop": one(_shop, ONLY_SHOP, "POST", {"name": "改名"}),
    "integrations:check": one(_shop, ONLY_SHOP, "POST"),
    "integrations:download": one(_shop, ONLY_SHOP, "POST", {"trade_no": "T1"}),
    "integrations:progress": one(_shop, ONLY_SHOP),
    "orders:workbench": page({"stage": "open"}),
    "orders:batch": replace(many(orders("cs", "approved", reason="测试"), name="hold"), also=("orders.hold_order",)),
    "orders:batch_page": own("batch"),
    "orders:batch_stop": own("batch", "POST"),
    "orders:batch_result": own("batch"),
    "orders:columns_dialog": page(),
    "orders:columns_save": page({"column": ["no", "state"]}, "POST"),
    "orders:columns_size": page({"column": "no", "width": "160"}, "POST"),
    "orders:columns_reset": page(method="POST"),
    "orders:columns_css": page({"stage": "open"}),
    "orders:edit": one(order("cs")),
    "orders:edit_save": one(order("cs"), method="POST", sent={"invoice_title": "改"}),
    "orders:edit_amounts": one(order("cs"), method="POST"),
    "orders:edit_line": page({"line": "n1", "sku-n1": "A1"}),
    "orders:edit_sku_choices": page({"sku-n1": "A"}),
    "orders:edit_address": page({"pasted": "张三 13800000000 浙江省杭州市西湖区文三路1号"}, "POST"),
    "orders:edit_receiver": one(order("cs"), method="POST"),
    "orders:take_from_trade": one(order("cs"), method="POST", sent={"version": "1"}),
    "orders:here": one(order("cs"), method="POST"),
    "orders:enter": Way(sent=_copied("copy"), by=EACH, named=True),
    "orders:enter_receiver": Way("POST", sent=_copied("copied_from"), by=EACH, named=True),
    "orders:enter_save": page({"line": "n1", "sku-n1": "A1"}, "POST"),
    "orders:enter_amounts": page({"line": "n1", "sku-n1": "A1", "price-n1": "1"}, "POST"),
    "orders:import": page(),
    "orders:import_upload": page(method="POST"),
    "orders:import_start": page({"kept": "x"}, "POST"),
    "orders:import_progress": own("orders"),
    "orders:import_cancel": own("orders", "POST"),
    "orders:import_report": own("orders"),
    "orders:stock": one(_named("sku_id", "sku.pk"), ONLY_CATEGORY),
    "orders:memos": page(),
    "orders:retry_memos": many(_memos),
    "orders:hand_over_memos": many(_memos),
    "orders:batch_undo": own("batch", "POST"),
    "orders:together": many(orders("cs", "approved", kind="shortage"), name="split_all"),
    "orders:together_preview": many(orders("cs", "approved"), name="merge_all"),
    "orders:batch_edit": replace(
        many(orders("cs", "approved", field="note", mode="append", value="测试")), also=("orders.mark_order",)
    ),
    "orders:batch_edit_preview": replace(
        many(orders("cs", "approved", field="note", mode="append", value="测试")), also=("orders.mark_order",)
    ),
    "orders:batch_edit_value": replace(page({"field": "note"}), also=("orders.mark_order",)),
    "orders:tags": page(),
    "orders:tag_save": page({"name": "大客户", "colour": "look"}, "POST"),
    "orders:filter_dialog": page(),
    "orders:filter_row": page({"field": "shop", "at": "r00000000"}),
    "orders:filter_choices": page({"field": "shop", "at": "r00000000"}),
    "orders:filter_apply": page(method="POST"),
    "orders:view_strip": page(),
    "orders:view_menu": page(),
    "orders:view_list": page(),
    "orders:view_save": page({"name": "我的", "address": "stage=open"}, "POST"),
    "orders:view_update": own("view", "POST", param="view_id"),
    "orders:view_change": own("view", "POST", param="view_id", name="pin"),
    "orders:undo_parts": many(orders("cs"), named=True, name="undo_split"),
    "orders:split_dialog": many(orders("cs"), method="GET", named=True),
    "orders:split_preview": many(_split, named=True),
    "orders:split": many(_split, named=True),
    "orders:merge_dialog": many(orders("cs"), method="GET", named=True),
    "orders:merge_preview": many(_merge, named=True),
    "orders:merge": many(_merge, named=True),
    "orders:gifts": many(orders("cs", mode="add", code="A2", units="1")),
    "orders:gifts_preview": many(orders("cs", mode="add", code="A2", units="1")),
    "orders:uploads": page(),
    "orders:retry_uploads": many(_uploads),
    "orders:hand_over_uploads": many(_uploads),
    "orders:rejected": page(),
    "orders:trade": one(_trade, OF_SHOP),
    "orders:order": one(order("shipped")),
    "orders:panel": one(order("cs")),
    "orders:receiver": one(order("cs"), method="POST", sent={"why": "contact"}),
    "orders:memo": one(order("cs"), method="POST", sent={"memo": "改", "flag": "1", "seen": "x"}),
    "rules:start": page(),
    "rules:try": Way("POST", sent=_try, by=EACH),
    "rules:blacklist": page(),
    "rules:import_blacklist": page(method="POST"),
    "rules:import_words": page(method="POST"),
    "rules:words_file": page(),
    "rules:end_entry": shared("POST", entry_id="entry"),
    "rules:draft": shared(version_id="draft", shown=RULES),
    "rules:drop": shared("POST", version_id="draft"),
    "rules:what_if": Way(
        "POST",
        lambda world, _scene, _staff: {"version_id": world.things["draft"]},
        _span,
        ONLY_SHOP,
        shown=frozenset(RULES),
    ),
    "rules:put_live": shared("POST", version_id="draft"),
    "rules:result": own("what_if"),
    "rules:cancel": own("what_if", "POST"),
    "rules:export_csv": own("what_if"),
    "rules:export_xlsx": own("what_if"),
    "rules:list": shared(slug="=warehouse", shown=RULES),
    "rules:add": shared(slug="=wish-words", shown=RULES),
    "rules:reorder": shared("POST", slug="=wish-words"),
    "rules:change": shared(slug="=wish-words", rule_id="rule", shown=RULES),
    "rules:switch": shared("POST", {"enabled": "0"}, slug="=wish-words", rule_id="rule"),
    "rules:rows": replace(shared(slug="=freight", rule_id="freight"), also=("warehouse.view_tariff",)),
    "rules:import_rows": replace(
        shared("POST", slug="=freight", rule_id="freight"), also=("warehouse.manage_tariff", "warehouse.view_tariff")
    ),
    "warehouse:shipments": page(),
    "warehouse:ship": many(_parcels),
    "warehouse:reprinted": many(_parcels),
    "warehouse:shipment": one(_parcel),
    "warehouse:stock": page(),
    "warehouse:purchases": page(),
    "warehouse:new_purchase": page(),
    "warehouse:purchase_line": page({"line": "n1", "sku-n1": "A1"}),
    "warehouse:purchase_sku_choices": page({"sku": "A"}),
    "warehouse:import_purchases": page(method="POST"),
    "warehouse:purchase": one(_purchase, OF_WAREHOUSE),
    "warehouse:edit_purchase": one(_purchase, OF_WAREHOUSE),
    "warehouse:receive_purchase": one(_purchase, OF_WAREHOUSE),
    "warehouse:purchase_act": one(_named("no", "purchase.no", action="close"), OF_WAREHOUSE, "POST"),
    "promotions:campaigns": page(),
    "promotions:calendar": page(),
    "promotions:add": page(),
    "promotions:sku_choices": page({"code": "A"}),
    "promotions:scheme": shared(scheme_id="scheme", shown=RULES),
    "promotions:switch": shared("POST", {"enabled": "0"}, scheme_id="scheme"),
    "promotions:draft": shared(version_id="scheme_draft", shown=RULES),
    "promotions:drop_draft": shared("POST", version_id="scheme_draft"),
    "promotions:put_live": shared("POST", version_id="scheme_draft"),
    "promotions:campaign": shared(campaign_id="campaign"),
    "promotions:change": shared(campaign_id="campaign"),
    "promotions:go_live": shared("POST", campaign_id="campaign"),
    "promotions:stop": shared("POST", campaign_id="campaign"),
    "promotions:copy": shared("POST", campaign_id="campaign"),
    "promotions:reorder": shared("POST", campaign_id="campaign"),
    "promotions:export": shared(campaign_id="campaign", kind="=csv"),
    "promotions:add_scheme": shared(campaign_id="campaign", shown=RULES),
    "promotions:preview": shared("POST", campaign_id="campaign"),
    "campaign_orders:effect": shared(campaign_id="campaign"),
    "campaign_orders:try": Way(
        where=lambda world, _scene, _staff: {"campaign_id": world.things["campaign"]}, sent=_basket, by=EACH
    ),
    "campaign_orders:what_if": shared(campaign_id="campaign", shown=RULES),
    "campaign_orders:what_if_result": own("trial"),
    "campaign_orders:what_if_cancel": own("trial", "POST"),
    "finance:vouchers": page(),
    "finance:post": page(method="POST"),
    "finance:set_aside": page(),
    "finance:of_order": one(order("shipped")),
    "finance:voucher": one(_voucher),
}

ROUTES: dict[str, Way] = {
    "product-list GET list": page(),
    "product-detail GET retrieve": one(_named("pk", "sku.pk"), ONLY_CATEGORY),
    "order-list GET list": page(),
    "order-list POST create": page({"external_no": "X1"}, "POST"),
    "order-detail GET retrieve": one(order("cs")),
    "order-audit POST audit": one(order("cs"), method="POST", sent={"reason": "x"}),
    "order-cancel POST cancel": one(order("cs"), method="POST", sent={"reason": "x"}),
    "order-hold POST hold": one(order("cs"), method="POST", sent={"reason": "x"}),
    "order-receiver POST receiver": one(order("cs"), method="POST", sent={"reason": "contact"}),
    "order-release POST release": one(order("cs2"), method="POST", sent={"reason": "x"}),
    "order-unaudit POST unaudit": one(order("approved"), method="POST", sent={"reason": "x"}),
    "shipment-list GET list": page(),
    "shipment-detail GET retrieve": one(_parcel),
    "shipment-ship POST ship": one(_parcel, method="POST"),
    "stock-list GET list": page(),
    "stock-detail GET retrieve": one(_balance, OF_WAREHOUSE),
    "purchase-list GET list": page(),
    "purchase-detail GET retrieve": one(_purchase, OF_WAREHOUSE),
    "purchase-receive POST receive": one(_purchase, OF_WAREHOUSE, "POST"),
    "voucher-list GET list": page(),
    "voucher-detail GET retrieve": one(_voucher),
}

OPEN = {
    "healthz",
    "accounts:sign_in",
    "accounts:second_factor_code",
    "accounts:sign_out",
    "accounts:language",
    "api_schema",
}
"""Doors that show nothing of anybody's."""

VARY = {"accounts:second_factor", "staff:audit", "staff:members"}
"""Lists that grow while the walk goes on: every sign-in is a row of the audit log."""
