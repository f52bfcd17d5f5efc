"""Rules as they are kept: what is refused, versions in decisions, sentences, and orders that wake when a rule changes."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from oms.catalog.categories import move_category
from oms.catalog.models import Product, Shop
from oms.core import outbox, versions
from oms.core.rule_kinds import kind_of
from orders import rules
from orders.blacklist import NewEntry, add_entry, end_entry
from orders.engine.rules import RuleFacts
from orders.explain import why
from orders.models import ApprovalPolicy, AssignmentRule, Department, Order, OrderDecision, RoutingRule, WishWord
from orders.pipeline import process_due
from orders.processing.existing import load_existing
from orders.processing.load import load_snapshot
from orders.processing.load_rules import load_routing
from orders.rule_sentences import NameBook, condition_sentences, sentence_of
from orders.wake import TOPIC
from tests.factories import Company, make_category, make_company, make_order, make_orders, make_shop
from warehouse.models import Carrier, StockingWarehouse, Warehouse

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    return make_company()


def routing(company: Company, **values: Any) -> dict[str, Any]:
    return {"name": "rule", "kind": "carrier", "carrier": company.carrier.id, **values}


def codes(kind: str, content: dict[str, Any]) -> list[tuple[str, str]]:
    return [(found.field, found.code) for found in versions.find_problems(kind, content) if not found.warning]


def test_routing_rules_that_could_never_decide_are_refused(company: Company) -> None:
    idle = Warehouse.objects.create(code="OFF", name="Closed", enabled=False)
    closed = make_shop("S9", enabled=False)
    to_idle = {"name": "x", "kind": "warehouse", "warehouse": idle.id}
    by_price = {"name": "x", "kind": "warehouse", "choice": "cheapest"}
    assert codes("routing", to_idle) == [("warehouse", "never_applies")]
    assert codes("routing", routing(company, from_warehouse=idle.id)) == [("from_warehouse", "never_applies")]
    assert codes("routing", routing(company, shops=[closed.id])) == [("shops", "never_applies")]
    assert codes("routing", routing(company, min_weight_g=3000, max_weight_g=3000)) == [
        ("max_weight_g", "never_applies")
    ]
    assert codes("routing", routing(company, regions=["331"])) == [("regions", "invalid")]
    assert codes("routing", routing(company, may_split=True)) == [("may_split", "contradiction")]
    assert codes("routing", routing(company, candidates=[company.carrier.id])) == [("candidates", "contradiction")]
    assert codes("routing", {**by_price, "candidates": [idle.id]}) == [("candidates", "never_applies")]
    one = company.warehouse.id
    assert codes("routing", {**by_price, "candidates": [one], "may_split": True}) == [("may_split", "contradiction")]
    assert codes("routing", {"name": "x", "kind": "carrier"}) == [("", "invalid")]
    assert codes("routing", {**by_price, "may_split": True, "max_parts": 3}) == []


def test_policies_that_contradict_themselves_are_refused_with_the_reason(company: Company) -> None:
    policy = {"name": "x", "audit": "cs", "max_amount": "50", "conditions": [{"kind": "amount", "min": "80"}]}
    with pytest.raises(versions.UnableToSaveRule) as refused, translation.override("en"):
        rules.save_rule("approval", policy, author_id=None)
    assert [problem.code for problem in refused.value.problems] == ["never_applies"]
    assert str(refused.value) == "Nothing is at least 80 and at most 50 at once."
    assert codes("approval", {**policy, "conditions": ["nonsense"]}) == [("conditions", "bad_condition")]
    assert codes("approval", {**policy, "conditions": {}}) == [("conditions", "invalid")]


def test_word_cannot_stand_for_two_carriers(company: Company) -> None:
    other = Carrier.objects.create(code="SF2", name="顺丰")
    word = {"name": "x", "word": "圆通", "carrier": company.carrier.id}
    rules.save_rule("wish_word", word, author_id=None)
    assert codes("wish_word", {**word, "carrier": other.id}) == [("word", "contradiction")]
    assert codes("wish_word", {**word, "word": "圆"}) == [("word", "too_short")]


def test_assignment_must_set_something(company: Company) -> None:
    assert codes("assignment", {"name": "x"}) == [("", "invalid")]
    wrong = {"name": "x", "business_type": "ordinary", "min_amount": "9", "max_amount": "8"}
    assert codes("assignment", wrong) == [("max_amount", "never_applies")]


def test_decision_points_at_the_version_that_made_it(company: Company) -> None:
    rule = RoutingRule.objects.get(kind="carrier")
    rules.change_rule("routing", rule.id, {"name": "全国默认"}, author_id=None)
    order = make_order(company)
    stored = order_decision(order, "carrier")
    assert (stored["rule"], stored["version"], stored["kind"]) == (rule.id, 2, "routing")
    version = versions.versions_of("routing", rule.id).get(version=2)
    assert version.content["name"] == "全国默认"


def order_decision(order: Order, stage: str) -> dict[str, Any]:
    newest = OrderDecision.objects.filter(order_id=order.id).latest("at")
    (found,) = [decision for decision in newest.decisions if decision["stage"] == stage]
    return dict(found)


def deliver() -> None:
    outbox.deliver_due(TOPIC)
    process_due()


@pytest.mark.django_db(transaction=True)
def test_order_goes_on_when_the_rule_it_waited_for_goes_live() -> None:
    company = make_company()
    RoutingRule.objects.filter(kind="carrier").delete()
    order = make_order(company)
    assert order.exceptions == ["no_carrier"]
    rules.save_rule("routing", routing(company, regions=["99"]), author_id=None)
    deliver()
    order.refresh_from_db()
    assert order.exceptions == ["no_carrier"]
    rules.save_rule("routing", routing(company), author_id=None)
    deliver()
    order.refresh_from_db()
    assert (order.state, order.carrier_id) == ("approved", company.carrier.id)


@pytest.mark.django_db(transaction=True)
def test_order_goes_on_when_its_region_is_covered() -> None:
    company = make_company()
    content = {"carrier": company.carrier.id, "rows": [{"prefix": "11"}]}
    coverage = rules.save_rule("coverage", content, author_id=None)
    assert coverage.rule_id is not None
    order = make_order(company)
    assert order.exceptions == ["no_carrier"]
    rules.change_rule("coverage", coverage.rule_id, {"rows": [{"prefix": "65"}]}, author_id=None)
    assert not Order.objects.filter(reprocess_at__isnull=False).exists()
    deliver()
    order.refresh_from_db()
    assert order.exceptions == ["no_carrier"]
    rules.change_rule("coverage", coverage.rule_id, {"rows": [{"prefix": "33"}]}, author_id=None)
    deliver()
    order.refresh_from_db()
    assert (order.state, order.exceptions) == ("approved", [])


@pytest.mark.django_db(transaction=True)
def test_blacklisted_order_goes_on_when_the_entry_ends() -> None:
    company = make_company()
    first = make_order(company, buyer_id="b-1")
    entry = add_entry(NewEntry("职业打假", company.shop.platform, first.buyer_id), actor_id=None)
    order = make_order(company, buyer_id=first.buyer_id)
    assert order.exceptions == ["blacklisted"]
    assert end_entry(entry.id, actor_id=None)
    assert not end_entry(entry.id, actor_id=None)
    deliver()
    order.refresh_from_db()
    assert order.state == "approved"


def test_facts_are_read_by_the_same_number_of_queries_for_one_order_and_for_many(company: Company) -> None:
    extra = {"conditions": [{"kind": "first_time"}]}
    ApprovalPolicy.objects.create(name="老客", audit="cs", **extra)
    WishWord.objects.create(name="圆通", word="圆通", carrier=company.carrier)
    AssignmentRule.objects.create(name="默认", business_type="ordinary")
    orders = make_orders(company, 20)
    counts = []
    for ids in ([orders[0].id], [order.id for order in orders]):
        drafts = [subject.draft for subject in load_existing(ids, first_key=0)]
        with CaptureQueriesContext(connection) as queries:
            load_snapshot(drafts, timezone.now(), lock_stock=False)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def facts_of(order: Order) -> RuleFacts:
    drafts = [subject.draft for subject in load_existing([order.id], first_key=0)]
    return load_snapshot(drafts, timezone.now(), lock_stock=False).rules


def test_facts_of_goods_buyers_and_costs(company: Company) -> None:
    ApprovalPolicy.objects.create(name="老客", audit="cs", conditions=[{"kind": "first_time"}])
    StockingWarehouse.objects.create(sku=company.sku, warehouse=company.warehouse)
    company.sku.product.category = make_category("tea", make_category("drinks"))
    company.sku.product.save()
    Shop.objects.update(options={"platform_fee_percent": "2.5", "packing_cost": "0.80"})
    before = make_order(company, buyer_id="b-1")
    Order.objects.update(state="shipped")
    order = make_order(company, buyer_id=before.buyer_id)
    facts = facts_of(order)
    goods = facts.goods[company.sku.id]
    assert (goods.categories, goods.stocking) == (frozenset({"tea", "drinks"}), frozenset({company.warehouse.id}))
    assert (order.shop_id, order.buyer_id) in facts.buyers.known
    assert str(facts.costs_of(order.shop_id).fee_percent) == "2.5"


def test_a_rule_that_names_a_category_means_all_that_lies_under_it(company: Company) -> None:
    department = Department.objects.create(code="D1", name="电商一部")
    drinks = make_category("drinks")
    Product.objects.filter(skus=company.sku).update(category=make_category("green tea", make_category("tea", drinks)))
    policy = {"kind": "category", "mode": "any", "categories": ["drinks"]}
    ApprovalPolicy.objects.filter(audit="cs").update(conditions=[policy])
    content = {"name": "x", "department": department.id, "categories": ["tea"]}
    rules.save_rule("assignment", content, author_id=None)
    order = make_order(company)
    assert (order.department_id, order.state) == (department.id, "approved")
    move_category(drinks.children.get().pk, None, actor_id=None)
    order = make_order(company)
    assert (order.department_id, order.state) == (department.id, "cs_review")


def test_order_carries_what_the_rules_found_out(company: Company) -> None:
    department = Department.objects.create(code="D1", name="电商一部")
    rules.save_rule(
        "assignment", {"name": "x", "department": department.id, "business_type": "ordinary"}, author_id=None
    )
    content = {"name": "t", "carrier": company.carrier.id, "rates": [{"prefix": "", "first_price": "6.00"}]}
    rules.save_rule("freight", content, author_id=None)
    order = make_order(company)
    assert (str(order.freight_estimate), order.department_id, order.business_type) == (
        "6.00",
        department.id,
        "ordinary",
    )
    assert order.margin_estimate is not None
    with translation.override("en"):
        said = " ".join(item.sentence for item in why(order.id))
    assert "Freight ¥6.00" in said
    assert "Expected margin" in said


def test_drafts_are_tried_beside_what_is_live(company: Company) -> None:
    rule = RoutingRule.objects.get(kind="carrier")
    sf = Carrier.objects.create(code="SF2", name="顺丰")
    content = kind_of("routing").content_of(rule)
    changed = {"routing": {rule.id: {**content, "carrier": sf.id}, 0: routing(company, priority=1, regions=["65"])}}
    live, tried = load_routing()["carrier"], load_routing(changed)["carrier"]
    assert [facts.target_id for facts in live] == [company.carrier.id]
    assert [(facts.regions, facts.target_id) for facts in tried] == [(("65",), company.carrier.id), ((), sf.id)]


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "going to 浙江省, Cash on delivery, below 3000 g → 顺丰速运."),
        ("zh-hans", "发往浙江省、货到付款、低于 3000 克 → 顺丰速运。"),
    ],
)
def test_rule_as_a_sentence(language: str, sentence: str, company: Company) -> None:
    Carrier.objects.filter(id=company.carrier.id).update(name="顺丰速运")
    content = routing(company, regions=["33"], payment="cod", max_weight_g=3000)
    with translation.override(language):
        assert sentence_of("routing", content) == sentence


def test_policy_as_a_sentence(company: Company) -> None:
    policy = ApprovalPolicy.objects.get(audit="cs")
    policy.conditions = [
        {"kind": "products", "mode": "none", "skus": [company.sku.id]},
        {"kind": "discount", "max": "30"},
    ]
    content = kind_of("approval").content_of(policy)
    with translation.override("en"):
        assert sentence_of("approval", content) == (
            "any order passes the Customer service audit if ¥500.00 or less were paid; the buyer left no message; "
            f"there is no seller's memo; {company.sku.code} is not in it; the discount is 30 % or less."
        )
        assert len(condition_sentences(policy)) == 5
    with translation.override("zh-hans"):
        assert "优惠不超过 30%" in sentence_of("approval", content)


def test_names_of_a_page_are_read_once(company: Company) -> None:
    book = NameBook()
    contents = [routing(company, regions=["33"]) for _number in range(10)]
    with CaptureQueriesContext(connection) as queries:
        for content in contents:
            sentence_of("routing", content, book)
    assert len(queries) == 2
