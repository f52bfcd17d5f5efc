"""What-if: what it foretells is what comes true when the draft goes live, and it leaves no trace."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.db import InternalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from oms.accounts.models import ScopeGrant, Staff
from oms.core import jobs, versions
from oms.core.errors import UnableTo
from oms.core.models import Job, RuleVersion
from oms.core.rule_kinds import kind_of
from orders.models import ApprovalPolicy, Department, MergeRule, Order, OrderLine, RoutingRule
from orders.pipeline import STAGES, process_due
from orders.trades.document import TradeDocument
from orders.what_if.compare import Change, Fate, Parcel, changes
from orders.what_if.replay import Difference, Replay, reading_only
from orders.what_if.rulebook import FIRST_STAGE
from orders.what_if.runs import drafts_of, read_rows, runs_of, start_what_if
from orders.what_if.window import Window
from orders.what_if.words import CHANGES, rows_in_words, table_header, table_row
from promotions.models import Campaign, GiftGrant
from tests.factories import (
    Company,
    make_carrier,
    make_company,
    make_document,
    make_line,
    make_shop,
    make_sku,
    make_staff,
    make_warehouse,
    put_stock,
    store,
)
from tests.factories.trades import RECEIVER, START
from tests.holding import assert_invariants_hold
from warehouse.models import FreightTable

pytestmark = pytest.mark.django_db

SINCE, UNTIL = START - dt.timedelta(hours=3), START + dt.timedelta(hours=3)


@pytest.fixture
def company() -> Iterator[Company]:
    made = make_company()
    other = make_warehouse("W2")
    put_stock(other, dict.fromkeys(made.skus, 10))
    make_carrier("SF")
    FreightTable.objects.create(name="YTO", carrier=made.carrier).rates.create(first_price=5, added_price=2)
    yield made
    assert_invariants_hold()


def documents(company: Company, count: int = 24) -> list[TradeDocument]:
    """Trades of several buyers, sizes and kinds, a minute apart; every sixth belongs with the one before it."""
    a, b = company.skus
    found = []
    for n in range(count):
        buyer = n - 1 if n % 6 == 5 else n
        paid = START + dt.timedelta(minutes=n)
        lines = [make_line(a, n % 4 + 1, price="30.00"), *([make_line(b, 2)] if n % 3 == 0 else [])]
        found.append(
            make_document(
                lines,
                f"N{n:03d}",
                paid_at=paid,
                created=paid,
                buyer_nick=f"buyer{buyer}",
                buyer_message="请发顺丰" if n % 7 == 3 else "",
                payment_kind="cod" if n % 11 == 10 else "online",
                receiver=replace(RECEIVER, phone=f"138{buyer:08d}"),
            )
        )
    return found


def window(company: Company) -> Window:
    return Window(SINCE, UNTIL, (company.shop.id,))


def draft(kind: str, rule_id: int | None = None, /, **content: Any) -> RuleVersion:
    live = kind_of(kind)
    full = {} if rule_id is None else live.content_of(live.model._default_manager.get(pk=rule_id))
    if "name" in live.fields:
        full = {"name": "draft", **full}
    return versions.draft(kind, {**full, **content}, author_id=None, rule_id=rule_id)


def compare(company: Company, *drafts: RuleVersion, size: int = 1000) -> tuple[Replay, dict[str, Difference]]:
    replay = Replay(window(company), drafts_of(list(drafts)), size=size)
    found = {one.trade.draft.trade_no: one for step in replay.steps() for one in step.differences}
    return replay, found


def processed() -> dict[str, tuple[tuple[Any, ...], ...]]:
    """What the pipeline made of each trade."""
    process_due()
    made: dict[str, list[tuple[Any, ...]]] = {}
    rows = (
        OrderLine.objects.filter(trade__isnull=False)
        .exclude(order__state="superseded")
        .values_list("trade__trade_no", "order_id")
    )
    orders = Order.objects.in_bulk()
    for trade_no, order_id in sorted(set(rows)):
        order = orders[order_id]
        made.setdefault(trade_no, []).append(
            (order.state, order.warehouse_id, order.carrier_id, tuple(order.exceptions), order.freight_estimate)
        )
    return {trade_no: tuple(sorted(found, key=str)) for trade_no, found in made.items()}


def seen(fate: Fate, freight: bool) -> tuple[tuple[Any, ...], ...]:
    rows = [
        (p.state, p.warehouse_id, p.carrier_id, p.exceptions, *([fate.freight] if freight else []))
        for p in fate.parcels
    ]
    return tuple(sorted(rows, key=str))


def make_draft(company: Company, name: str) -> RuleVersion:
    """A draft of each kind of rule that the pipeline asks."""
    far = company.warehouse.__class__.objects.get(code="W2")
    sf = company.carrier.__class__.objects.get(code="SF")
    routing = RoutingRule.objects.get(kind="carrier")
    policy = ApprovalPolicy.objects.get(audit="cs")
    department = Department.objects.create(code="D1", name="电商部")
    drafts: dict[str, tuple[str, int | None, dict[str, Any]]] = {
        "warehouse": ("routing", None, {"kind": "warehouse", "warehouse": far.id, "priority": 1, "in_stock": True}),
        "carrier": ("routing", routing.id, {"carrier": sf.id}),
        "carrier off": ("routing", routing.id, {"enabled": False}),
        "approval": ("approval", policy.id, {"max_amount": "60.00"}),
        "new policy": ("approval", None, {"audit": "cs", "min_amount": "10.00", "allow_message": True}),
        "wish": ("wish_word", None, {"word": "顺丰", "carrier": sf.id}),
        "assignment": ("assignment", None, {"department": department.id, "min_amount": "50.00"}),
        "freight": (
            "freight",
            FreightTable.objects.get().id,
            {"rates": [{"prefix": "", "first_price": "9.00", "added_price": "1.00"}]},
        ),
        "coverage": ("coverage", None, {"carrier": company.carrier.id, "rows": [{"prefix": "44"}]}),
        "split": ("split", None, {"kind": "product", "skus": [company.skus[1].id]}),
        "merge": ("merge", None, {"window_minutes": 30}),
        "presale": (
            "presale",
            None,
            {"sku": company.skus[1].id, "until": (START + dt.timedelta(days=400)).isoformat()},
        ),
    }
    if name == "gifts":
        live = Campaign.objects.create(
            name="双11", state="live", starts_at=START - dt.timedelta(days=9), ends_at=START + dt.timedelta(days=9)
        )
        bag = make_sku("BAG", cost="1.20")
        put_stock(company.warehouse, {bag: 100})
        tiers = [{"threshold": "3", "gifts": [[bag.id, 1]]}]
        content = {"campaign": live.id, "kind": "quantity_reached", "tiers": tiers, "total_limit": 5}
        return draft("scheme", None, **content)
    kind, rule_id, content = drafts[name]
    return draft(kind, rule_id, **content)


DRAFTS = {
    "warehouse": Change.WAREHOUSE,
    "carrier": Change.CARRIER,
    "carrier off": Change.STOPS,
    "approval": Change.WAITS,
    "new policy": Change.PASSES,
    "wish": Change.CARRIER,
    "assignment": Change.ASSIGNED,
    "freight": Change.FREIGHT,
    "coverage": Change.STOPS,
    "split": Change.SPLIT,
    "merge": Change.MERGE,
    "presale": Change.PRESALE,
    "gifts": Change.GIFTS,
}


@pytest.mark.parametrize("name", DRAFTS)
def test_what_it_foretells_comes_true_when_the_draft_goes_live(company: Company, name: str) -> None:
    store(company.shop, *documents(company))
    chosen = make_draft(company, name)
    replay, found = compare(company, chosen)
    with transaction.atomic():
        was = processed()
        transaction.set_rollback(True)
    versions.put_live(chosen.id, author_id=None)
    became = processed()
    assert len(replay) == len(was) == len(became) == 24
    assert replay.totals.changes[DRAFTS[name].value] > 0
    for trade_no in was:
        if trade_no in found:
            one_parcel = len(found[trade_no].before.parcels) == len(found[trade_no].after.parcels) == 1
            cut = slice(None) if one_parcel else slice(4)
            assert seen(found[trade_no].before, one_parcel) == tuple(row[cut] for row in was[trade_no])
            assert seen(found[trade_no].after, one_parcel) == tuple(row[cut] for row in became[trade_no])
        else:
            assert was[trade_no] == became[trade_no]
    assert replay.totals.changes["gifts"] == GiftGrant.objects.filter(state="active").count()
    freight = sum((o.freight_estimate or 0 for o in Order.objects.exclude(state="superseded")), Decimal(0))
    assert replay.totals.after.freight == freight
    margin = sum((o.margin_estimate or 0 for o in Order.objects.exclude(state="superseded")), Decimal(0))
    assert replay.totals.after.margin == margin
    assert replay.totals.after.states == {
        state: Order.objects.filter(state=state).count()
        for state in Order.objects.exclude(state="superseded").values_list("state", flat=True).distinct().order_by()
    }


def test_orders_that_have_their_goods_already_are_decided_as_if_they_had_not(company: Company) -> None:
    store(company.shop, *documents(company))
    versions.put_live(make_draft(company, "gifts").id, author_id=None)
    process_due()
    approved = Order.objects.filter(state="approved").count()
    assert GiftGrant.objects.filter(state="active").count() == 5
    same = draft("routing", RoutingRule.objects.get(kind="warehouse").id)
    replay, found = compare(company, same)
    assert found == {}
    assert replay.totals.before.states["approved"] == replay.totals.after.states["approved"] == approved > 10


def test_batches_share_one_stock_and_keep_together_what_belongs_together(company: Company) -> None:
    MergeRule.objects.create(name="并", window_minutes=30)
    store(company.shop, *[replace(document, buyer_message="") for document in documents(company)])
    chosen = make_draft(company, "warehouse")
    whole, _found = compare(company, chosen)
    parts, _found = compare(company, chosen, size=5)
    assert whole.totals.to_json() == parts.totals.to_json()
    # Ten units of each at the other warehouse: the rule cannot send everything there.
    assert 0 < whole.totals.changes["warehouse"] < 24


def counted() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
        )
        tables = [row[0] for row in cursor.fetchall()]
        counts = {}
        for table in tables:
            cursor.execute(f'SELECT count(*), COALESCE(sum(hashtext(t::text)), 0) FROM "{table}" t')
            counts[table] = cursor.fetchone()
    return counts


def test_nothing_is_written_and_the_database_would_refuse_it(company: Company) -> None:
    store(company.shop, *documents(company))
    process_due()
    chosen = make_draft(company, "warehouse")
    before = counted()
    compare(company, chosen)
    assert counted() == before
    with pytest.raises(InternalError, match="read-only"), reading_only():
        Order.objects.update(urgent=True)


def test_number_of_queries_depends_on_no_batch_size(company: Company) -> None:
    few, many = (make_shop(code) for code in ("S8", "S9"))
    store(few, make_document([make_line(company.sku)]))
    store(many, *[make_document([make_line(company.sku)]) for _ in range(100)])
    chosen = drafts_of([make_draft(company, "carrier")])
    counts = []
    for shop in (few, many):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            replay = Replay(Window(SINCE, UNTIL, (shop.id,)), chosen)
            assert sum(len(step.differences) for step in replay.steps()) == len(replay)
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.fixture
def staff(db: None) -> Staff:
    return make_staff(role="operations")


def run(job: Job) -> Job:
    assert jobs.run_due(only=job.id) == 1
    job.refresh_from_db()
    return job


def test_as_a_job_it_keeps_its_result_and_its_rows(company: Company, staff: Staff) -> None:
    store(company.shop, *documents(company))
    process_due()
    job = run(start_what_if(make_draft(company, "carrier"), staff, since=SINCE, until=UNTIL))
    assert (job.state, job.done, job.total) == ("done", 24, 24)
    assert job.result is not None
    assert job.result["changes"]["carrier"] == job.result["changed"]
    rows = list(rows_in_words(read_rows(job, "carrier")))
    assert len(rows) == job.result["changed"]
    assert (rows[0].before.carriers, rows[0].after.carriers) == ("YTO快递", "SF快递")
    assert Order.objects.filter(no=rows[0].order_no, trade_no=rows[0].trade_no).exists()
    assert len(table_row(rows[0])) == len(table_header())
    assert list(runs_of(staff)) == [job]
    assert list(runs_of(make_staff(role="operations"))) == []


def test_only_shops_of_the_data_scope_are_looked_at(company: Company) -> None:
    hidden = make_shop("S9")
    store(company.shop, make_document([make_line(company.sku)]))
    store(hidden, make_document([make_line(company.sku)]))
    narrow = make_staff(role="operations", shops=[company.shop])
    chosen = make_draft(company, "carrier")
    assert run(start_what_if(chosen, narrow, since=SINCE, until=UNTIL)).total == 1
    with pytest.raises(UnableTo):
        start_what_if(chosen, narrow, since=SINCE, until=UNTIL, shop_ids=[hidden.id])


@pytest.mark.parametrize("dimension", ["shop", "warehouse", "category"])
def test_a_comparison_is_not_there_any_more_for_who_was_narrowed(company: Company, dimension: str) -> None:
    store(company.shop, make_document([make_line(company.sku)]))
    clerk = make_staff(role="operations", shops=[company.shop, make_shop("S9")], warehouses=[company.warehouse])
    job = run(start_what_if(make_draft(company, "carrier"), clerk, since=SINCE, until=UNTIL))
    assert list(runs_of(clerk)) == [job]
    if dimension == "category":
        Staff.objects.filter(pk=clerk.pk).update(all_categories=False)
    else:
        ScopeGrant.objects.filter(staff=clerk, dimension=dimension).latest("id").delete()
    assert list(runs_of(Staff.objects.get(pk=clerk.pk))) == []


@pytest.mark.parametrize("days", [0, -1, 93])
def test_windows_that_mean_nothing_are_refused(company: Company, staff: Staff, days: int) -> None:
    with pytest.raises(UnableTo):
        start_what_if(make_draft(company, "carrier"), staff, since=START, until=START + dt.timedelta(days=days))


def test_window_without_orders_finds_nothing(company: Company, staff: Staff) -> None:
    job = run(start_what_if(make_draft(company, "carrier"), staff, since=SINCE, until=UNTIL))
    assert (job.state, job.total, list(read_rows(job))) == ("done", 0, [])


def test_run_stops_when_somebody_cancels_it(company: Company, staff: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    store(company.shop, *documents(company))
    monkeypatch.setattr(Replay.__init__, "__kwdefaults__", {**(Replay.__init__.__kwdefaults__ or {}), "size": 5})
    job = start_what_if(make_draft(company, "carrier"), staff, since=SINCE, until=UNTIL)
    steps = Replay.steps

    def cancelled_after_one(self: Replay) -> Iterator[Any]:
        for step in steps(self):
            jobs.cancel(job.id)
            yield step

    monkeypatch.setattr(Replay, "steps", cancelled_after_one)
    monkeypatch.setattr(jobs, "_REPORT_EVERY", dt.timedelta(0))
    job = run(job)
    assert (job.state, job.result) == ("cancelled", None)
    assert job.done < job.total == 24


def test_every_kind_of_rule_has_its_first_stage_and_every_change_its_words() -> None:
    names = [stage.__name__.removeprefix("plan_") for stage in STAGES]
    assert set(FIRST_STAGE.values()) <= set(names)
    assert set(CHANGES) == set(Change)


def fate(*parcels: Parcel, **values: Any) -> Fate:
    return Fate(parcels, values.get("company", ()), values.get("freight"), values.get("assigned", (None, None, "")))


SCENARIOS: Sequence[tuple[Fate, Fate, tuple[Change, ...]]] = [
    (fate(Parcel("approved", 1, 1)), fate(Parcel("approved", 1, 1)), ()),
    (fate(Parcel("approved", 1, 1)), fate(Parcel("approved", 2, 1)), (Change.WAREHOUSE,)),
    (fate(Parcel("approved", 1, 1)), fate(Parcel("finance_review", 1, 1)), (Change.WAITS,)),
    (fate(Parcel("cs_review", 1, 1)), fate(Parcel("finance_review", 1, 1)), (Change.PASSES,)),
    (fate(Parcel("approved", 1, 1)), fate(Parcel("exception", None, None, ("no_carrier",))), (Change.STOPS,)),
    (fate(Parcel("exception", None, None, ("no_carrier",))), fate(Parcel("approved", 1, 1)), (Change.GOES_ON,)),
    (
        fate(Parcel("exception", None, None, ("no_carrier",))),
        fate(Parcel("exception", 1, None, ("no_warehouse",))),
        (Change.OTHER_REASON,),
    ),
    (fate(Parcel("approved", 1, 1)), fate(Parcel("presale", None, None)), (Change.PRESALE,)),
    (fate(Parcel("approved", 1, 1)), fate(Parcel("approved", 1, 1), Parcel("approved", 1, 1)), (Change.SPLIT,)),
    (
        fate(Parcel("approved", 1, 1)),
        fate(Parcel("approved", 1, 1), Parcel("approved", 2, 1)),
        (Change.WAREHOUSE, Change.SPLIT),
    ),
    (fate(Parcel("approved", 1, 1)), fate(Parcel("approved", 1, 1), company=(4,)), (Change.MERGE,)),
    (fate(Parcel("approved", 1, 1)), fate(Parcel("approved", 1, 1), freight=Decimal(5)), (Change.FREIGHT,)),
    (fate(Parcel("approved", 1, 1)), fate(Parcel("approved", 1, 1), assigned=(3, None, "")), (Change.ASSIGNED,)),
]


@pytest.mark.parametrize(("before", "after", "expected"), SCENARIOS)
def test_differences_are_named(before: Fate, after: Fate, expected: tuple[Change, ...]) -> None:
    assert changes(before, after) == expected
