"""The screens of the rules: who may, what is kept, what is refused, and the way from a draft over its comparison to live."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from oms.accounts.models import Staff
from oms.core import jobs
from oms.core.models import Job, RuleVersion
from orders.blacklist import NewEntry, add_entry
from orders.models import ApprovalPolicy, BlacklistEntry, Order, RoutingRule
from orders.web.rules.pages import PAGES
from tests.factories.busy import BusyCompany
from tests.factories.staff import make_staff
from warehouse.models import Coverage, FreightTable


@pytest.fixture
def desk(company: BusyCompany, sign_in: Callable[[Staff], Client]) -> Client:
    """A browser in which somebody of operations has signed in."""
    return sign_in(make_staff(role="operations"))


def rule(name: str = "其余中通") -> RoutingRule:
    return RoutingRule.objects.get(name=name)


def typed(company: BusyCompany, **values: Any) -> dict[str, Any]:
    """The form of the rule "其余中通" as the page sends it."""
    return {
        "name": "其余中通",
        "enabled": "on",
        "payment": "any",
        "choice": "named",
        "carrier": company.carriers[2].id,
        "version": rule().version,
        "do": "save",
        **values,
    }


def change_url(found: RoutingRule) -> str:
    return reverse("rules:change", args=["carrier", found.id])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.slug)
def test_every_page_lists_its_rules_and_has_a_form(desk: Client, page: Any) -> None:
    assert desk.get(reverse("rules:list", args=[page.slug])).status_code == 200
    assert desk.get(reverse("rules:add", args=[page.slug])).status_code == 200


def test_rules_stand_as_sentences_in_the_order_in_which_they_are_asked(desk: Client) -> None:
    text = desk.get(reverse("rules:list", args=["carrier"])).content.decode()
    places = [text.index(name) for name in ("货到付款走顺丰", "江浙沪圆通", "其余中通")]
    assert places == sorted(places)
    assert "→ 中通" in text
    assert "西部由成都发" not in text


def test_customer_service_sees_the_rules_and_changes_none(
    company: BusyCompany, sign_in: Callable[[Staff], Client]
) -> None:
    page = sign_in(make_staff(role="customer_service"))
    text = page.get(reverse("rules:list", args=["carrier"])).content.decode()
    assert "其余中通" in text
    assert change_url(rule()) not in text
    assert page.get(change_url(rule())).status_code == 403
    assert page.post(reverse("rules:reorder", args=["carrier"]), {"ids": [1]}).status_code == 403


def test_freight_needs_the_functions_of_freight(company: BusyCompany, sign_in: Callable[[Staff], Client]) -> None:
    staff = make_staff(role="operations")
    group = staff.groups.get()
    group.permissions.remove(group.permissions.get(codename="manage_tariff"))
    page = sign_in(staff)
    assert page.get(reverse("rules:list", args=["freight"])).status_code == 200
    assert page.get(reverse("rules:add", args=["freight"])).status_code == 403


def test_change_is_a_version_with_its_author_and_note(desk: Client, company: BusyCompany) -> None:
    answer = desk.post(
        change_url(rule()), typed(company, carrier=company.carriers[0].id, regions="浙江\n广东 深圳", note="试用顺丰")
    )
    assert answer.status_code == 302
    found = rule()
    assert (found.carrier, found.regions, found.version) == (company.carriers[0], ["33", "4403"], 2)
    live = RuleVersion.objects.get(kind="routing", rule_id=found.id, state="live")
    assert live.note == "试用顺丰"
    assert "试用顺丰" in desk.get(change_url(found)).content.decode()


def test_what_is_refused_is_said_at_the_field_and_nothing_typed_is_lost(desk: Client, company: BusyCompany) -> None:
    sent = typed(company, min_weight_g="5000", max_weight_g="3000", regions="浙江", note="keep me")
    text = desk.post(change_url(rule()), sent).content.decode()
    assert 'value="5000"' in text
    assert "keep me" in text
    assert text.index('name="max_weight_g"') < text.index('class="error"') < text.index('name="restrictions"')
    text = desk.post(change_url(rule()), typed(company, regions="亚特兰蒂斯")).content.decode()
    assert "亚特兰蒂斯" in text
    assert rule().version == 1


def test_change_of_a_rule_that_somebody_changed_meanwhile_is_refused(desk: Client, company: BusyCompany) -> None:
    sent = typed(company)
    desk.post(change_url(rule()), typed(company, note="first"))
    assert desk.post(change_url(rule()), sent).status_code == 200
    assert rule().version == 2


def test_rules_are_ranked_and_switched(desk: Client) -> None:
    ids = [rule("其余中通").id, rule("江浙沪圆通").id, rule("货到付款走顺丰").id]
    url = reverse("rules:reorder", args=["carrier"])
    assert desk.post(url, {"ids": ids[:2]}, headers={"HX-Request": "true"}).status_code == 422
    assert desk.post(url, {"ids": ids}, headers={"HX-Request": "true"}).status_code == 200
    assert list(RoutingRule.objects.filter(kind="carrier").order_by("priority").values_list("id", flat=True)) == ids
    assert rule("西部由成都发").priority == 10
    desk.post(reverse("rules:switch", args=["carrier", ids[0]]), {"enabled": "0"})
    assert not rule().enabled
    assert desk.post(reverse("rules:switch", args=["warehouse", ids[0]])).status_code == 404


def test_draft_is_compared_and_put_live(desk: Client, company: BusyCompany) -> None:
    sent = typed(company, carrier=company.carriers[0].id, do="what_if")
    answer = desk.post(change_url(rule()), sent)
    draft = RuleVersion.objects.get(state="draft")
    assert answer.headers["Location"] == reverse("rules:what_if", args=[draft.id])
    today = timezone.localdate().isoformat()
    late = desk.post(answer.headers["Location"], {"since": today, "until": "2020-01-01"})
    assert late.status_code == 422
    started = desk.post(
        answer.headers["Location"],
        {"since": (timezone.localdate() - dt.timedelta(days=3)).isoformat(), "until": today},
    )
    job = Job.objects.get()
    assert started.headers["Location"] == reverse("rules:result", args=[job.id])
    assert "progress" in desk.get(started.headers["Location"]).content.decode()
    jobs.run_due()
    done = desk.get(started.headers["Location"], headers={"HX-Request": "true"})
    assert done.headers["HX-Refresh"] == "true"
    page = desk.get(started.headers["Location"])
    result = page.context["result"]
    assert result["trades"] == 30
    assert result["changes"]["carrier"] > 0
    text = page.content.decode()
    assert "中通 → <b>顺丰</b>" in text
    rows = list(
        csv.reader(io.StringIO(desk.get(reverse("rules:export_csv", args=[job.id])).getvalue().decode("utf-8-sig")))
    )
    assert len(rows) == result["changed"] + 1
    assert desk.get(reverse("rules:export_xlsx", args=[job.id])).getvalue().startswith(b"PK")
    assert desk.get(started.headers["Location"], {"change": "carrier", "page": "2"}).status_code == 200
    assert Order.objects.filter(carrier=company.carriers[0], region_name="广东").count() == 0
    desk.post(reverse("rules:put_live", args=[draft.id]))
    assert (rule().carrier, rule().version) == (company.carriers[0], 2)
    first = RuleVersion.objects.get(rule_id=rule().id, version=1)
    desk.post(reverse("rules:put_live", args=[first.id]))
    assert (rule().carrier, rule().version) == (company.carriers[2], 3)


def test_result_belongs_to_who_asked(desk: Client, company: BusyCompany, sign_in: Callable[[Staff], Client]) -> None:
    desk.post(change_url(rule()), typed(company, do="draft"))
    draft = RuleVersion.objects.get(state="draft")
    today = timezone.localdate().isoformat()
    desk.post(reverse("rules:what_if", args=[draft.id]), {"since": today, "until": today})
    job = Job.objects.get()
    other = sign_in(make_staff(role="operations"))
    for name in ("result", "export_csv"):
        assert other.get(reverse(f"rules:{name}", args=[job.id])).status_code == 404
    assert other.post(reverse("rules:cancel", args=[job.id])).status_code == 404


def test_draft_is_changed_and_dropped(desk: Client, company: BusyCompany) -> None:
    desk.post(change_url(rule()), typed(company, do="draft", name="Entwurf"))
    first = RuleVersion.objects.get(state="draft")
    url = reverse("rules:draft", args=[first.id])
    assert "Entwurf" in desk.get(url).content.decode()
    desk.post(url, typed(company, do="draft", name="Zweiter"))
    second = RuleVersion.objects.get(state="draft")
    assert (second.content["name"], second.rule_id, rule().version) == ("Zweiter", rule().id, 1)
    desk.post(reverse("rules:drop", args=[second.id]))
    assert not RuleVersion.objects.filter(state="draft").exists()
    assert desk.get(reverse("rules:draft", args=[second.id])).status_code == 404


def test_policy_with_conditions_is_kept_and_read_back(desk: Client) -> None:
    url = reverse("rules:add", args=["approve-cs"])
    sent = {
        "name": "大额",
        "enabled": "on",
        "condition": ["a", "b"],
        "condition-a-kind": "quantity",
        "condition-a-max": "20",
        "condition-b-kind": "region",
        "condition-b-mode": "out",
        "condition-b-regions": "新疆",
    }
    text = desk.post(url, {**sent, "condition-a-max": ""}).content.decode()
    assert "新疆" in text
    assert not ApprovalPolicy.objects.filter(name="大额").exists()
    assert desk.post(url, sent).status_code == 302
    policy = ApprovalPolicy.objects.get(name="大额")
    assert policy.audit == "cs"
    assert policy.conditions == [
        {"kind": "quantity", "max": "20"},
        {"kind": "region", "mode": "out", "regions": ["65"]},
    ]
    assert policy.priority > ApprovalPolicy.objects.get(name="小额免审").priority
    text = desk.get(reverse("rules:change", args=["approve-cs", policy.id])).content.decode()
    assert 'value="20"' in text
    assert "新疆" in text


def test_freight_table_is_typed_taken_away_and_imported(desk: Client, company: BusyCompany) -> None:
    add = reverse("rules:add", args=["freight"])
    sent = {
        "name": "圆通",
        "enabled": "on",
        "carrier": company.carriers[1].id,
        "rounding": "up",
        "row-prefix": ["浙江", "*"],
        "row-first_weight_g": ["1000", "1000"],
        "row-first_price": ["5", "8.5"],
        "row-added_weight_g": ["1000", ""],
        "row-added_price": ["1", "x"],
        "row-distance_km": ["", ""],
        "row-price_per_km": ["", ""],
        "row-fixed": ["", ""],
        "row-surcharge": ["", ""],
    }
    text = desk.post(add, sent).content.decode()
    assert "8.5" in text
    assert not FreightTable.objects.exists()
    assert desk.post(add, {**sent, "row-added_price": ["1", "2"]}).status_code == 302
    table = FreightTable.objects.get()
    rates = list(table.rates.order_by("prefix").values_list("prefix", "first_price", "added_price"))
    assert [(p, str(a), str(b)) for p, a, b in rates] == [("", "8.50", "2.00"), ("33", "5.00", "1.00")]
    file = desk.get(reverse("rules:rows", args=["freight", table.id])).getvalue()
    url = reverse("rules:import_rows", args=["freight", table.id])
    again = desk.post(url, {"file": SimpleUploadedFile("a.csv", file), "dry_run": "1"})
    assert (again.context["same"], again.context["new"], again.context["mistakes"]) == (2, 0, 0)
    bad = "区域,首重价\n浙江,6\n亚特兰蒂斯,7\n浙江,8\n广东,-1\n".encode()
    refused = desk.post(url, {"file": SimpleUploadedFile("b.csv", bad)})
    assert refused.status_code == 422
    assert [error.line for error in refused.context["errors"]] == [3, 4, 5]
    assert table.rates.count() == 2
    good = "区域,首重价\n浙江,6\n广东,7\n全国,9\n".encode()
    assert desk.post(url, {"file": SimpleUploadedFile("c.csv", good)}).status_code == 302
    assert table.rates.count() == 3
    assert RuleVersion.objects.get(kind="freight", state="live").version == 2


def test_delivery_regions_with_days(desk: Client, company: BusyCompany) -> None:
    sent = {
        "enabled": "on",
        "carrier": company.carriers[0].id,
        "row-prefix": ["*", "65"],
        "row-excluded": ["", "是"],
        "row-valid_from": ["", "2026-12-01"],
        "row-valid_until": ["", "2027-01-01"],
    }
    assert desk.post(reverse("rules:add", args=["coverage"]), sent).status_code == 302
    rows = Coverage.objects.get().rows.order_by("prefix").values_list("prefix", "excluded")
    assert list(rows) == [("", False), ("65", True)]


def test_rules_are_tried_on_one_order(desk: Client, company: BusyCompany) -> None:
    desk.post(change_url(rule()), typed(company, carrier=company.carriers[0].id, do="draft"))
    draft = RuleVersion.objects.get(state="draft")
    order = Order.objects.filter(carrier=company.carriers[2], state="cs_review")[0]
    text = desk.post(reverse("rules:try"), {"number": order.no, "draft": draft.id}).content.decode()
    assert "顺丰" in text
    assert "中通" in text
    assert "alert" in desk.post(reverse("rules:try"), {"number": "nobody"}).content.decode()


def test_blacklist_is_shown_filled_and_emptied(desk: Client, sign_in: Callable[[Staff], Client]) -> None:
    page = sign_in(make_staff(superuser=True))
    url = reverse("rules:blacklist")
    assert page.post(url, {"reason": "拒收", "phone": "", "stops": "on"}).status_code == 200
    assert page.post(url, {"reason": "拒收", "phone": "13800001111", "stops": "on"}).status_code == 302
    entry = BlacklistEntry.objects.get()
    assert "拒收" in page.get(url).content.decode()
    page.post(reverse("rules:end_entry", args=[entry.id]))
    assert "拒收" not in page.get(url).content.decode()
    assert page.post(reverse("rules:end_entry", args=[entry.id + 1])).status_code == 404
    add_entry(NewEntry("x", "taobao", "b1"), actor_id=None)
    plain = sign_in(make_staff(role="warehouse"))
    assert plain.get(url).status_code == 403
