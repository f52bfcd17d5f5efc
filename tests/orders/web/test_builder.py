"""The builder of conditions and the saved views on the pages."""

from __future__ import annotations

from collections.abc import Callable
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from oms.accounts.models import Staff
from orders import saved_views
from orders.filtering.fields import BY_GROUP, FIELDS
from orders.filtering.pasted import SHORT_ENOUGH
from orders.models import Order, PastedValues, SavedView
from tests.factories.busy import BusyCompany
from tests.factories.staff import make_staff

from .conftest import HTMX

URL = reverse("orders:workbench")
APPLY = reverse("orders:filter_apply")
SignIn = Callable[[Staff], Client]


def form(**rows: tuple[str, str, dict[str, Any]]) -> dict[str, Any]:
    """What the dialog sends: a row for each name, as field, operator and the inputs of its control."""
    sent: dict[str, Any] = {"row": list(rows), "stage": "open"}
    for at, (field, op, inputs) in rows.items():
        sent |= {f"{at}-field": field, f"{at}-op": op, **{f"{at}-{name}": value for name, value in inputs.items()}}
    return sent


def address(response: Any) -> dict[str, list[str]]:
    """The conditions of the address to which the dialog leads."""
    assert response.status_code == 200
    return parse_qs(urlsplit(response["HX-Redirect"]).query)


def test_offers_every_field_and_the_conditions_that_there_are(page: Client) -> None:
    query = {
        "stage": "open",
        "paid": "100..",
        "message.some": "yes",
        "paid_at": "5d",
        "region": "330000",
        "q": "x",
        "nonsense": "1",
    }
    response = page.get(reverse("orders:filter_dialog"), query)
    rows = response.context["rows"]
    assert [(row.field.name, row.op) for row in rows] == [
        ("paid", "is"),
        ("message", "some"),
        ("paid_at", "is"),
        ("region", "is"),
    ]
    text = response.content.decode()
    for field in FIELDS.values():
        if field.name != "q":
            assert f'?field={field.name}"' in text
    assert sum(map(len, BY_GROUP.values())) == len(FIELDS) - 1
    assert 'value="5d" data-one' in text, "a span that no button offers is kept"


def test_every_field_has_a_row_whose_control_can_be_read_again(page: Client, subtests: pytest.Subtests) -> None:
    for field in FIELDS.values():
        if field.name == "q":
            continue
        with subtests.test(field.name):
            response = page.get(
                reverse("orders:filter_row"), {"field": field.name, "stage": "open", "at": "r1", "r1-op": "is"}
            )
            text = response.content.decode()
            assert response.status_code == 200
            assert 'name="r1-op"' in text
            assert any(f'name="r1-{name}"' in text for name in ("value", "low", "search"))


@pytest.mark.parametrize("query", [{"field": "nonsense"}, {"field": "q"}, {}])
def test_there_is_no_row_for_what_is_no_field(page: Client, query: dict[str, str]) -> None:
    assert page.get(reverse("orders:filter_row"), query).status_code == 404


def test_rows_become_an_address_and_back(page: Client, company: BusyCompany) -> None:
    sent = form(
        a=("shop", "not", {"value": [str(company.shops[0].pk), str(company.shops[1].pk)]}),
        b=("paid", "is", {"low": "100", "high": ""}),
        c=("paid_at", "is", {"preset": "3d"}),
        d=("ship_by", "not", {"low": "2026-11-01", "high": "2026-11-03"}),
        e=("memo", "none", {}),
        f=("message", "is", {"value": "顺丰，生日"}),
        g=("sku", "only", {"value": ["LYQ-01"]}),
        h=("sku", "is", {"value": ["LYQ-02"]}),
        i=("sku", "is", {"value": ["FBB-01"]}),
    )
    response = page.post(APPLY, {**sent, "sort": "-paid_at", "q": "4", "view": "7"}, headers=HTMX)
    given = address(response)
    assert given == {
        "stage": ["open"],
        "sort": ["-paid_at"],
        "q": ["4"],
        "view": ["7"],
        "shop.not": [f"{company.shops[0].pk},{company.shops[1].pk}"],
        "paid": ["100.."],
        "paid_at": ["3d"],
        "ship_by.not": ["2026-11-01..2026-11-03"],
        "memo.none": ["yes"],
        "message": ["顺丰,生日"],
        "sku.only": ["LYQ-01"],
        "sku": ["LYQ-02", "FBB-01"],
    }
    rows = page.get(reverse("orders:filter_dialog"), given).context["rows"]
    shown = {row.field.name: (row.low, row.high, row.preset, list(row.chosen)) for row in rows}
    assert shown["paid"] == ("100", "", "", [])
    assert shown["paid_at"] == ("", "", "3d", [])
    assert shown["ship_by"] == ("2026-11-01", "2026-11-03", "", [])
    assert shown["message"][3] == ["顺丰,生日"]
    assert not page.get(URL, given).context["filters"].errors


def test_a_wrong_row_is_told_and_what_was_typed_stays(page: Client) -> None:
    sent = form(
        a=("paid", "is", {"low": "abc", "high": "5"}), b=("message", "is", {"value": "顺丰"}), c=("shop", "is", {})
    )
    response = page.post(APPLY, sent, headers=HTMX)
    assert "HX-Redirect" not in response
    rows = response.context["rows"]
    assert [bool(row.problem) for row in rows] == [True, False, True]
    text = unescape(response.content.decode())
    assert rows[0].problem in text
    assert 'value="abc"' in text
    assert 'value="顺丰"' in text


def test_a_phone_does_not_stand_in_the_address(page: Client, waiting: Order) -> None:
    phone = waiting.receiver.phone
    given = address(page.post(APPLY, form(a=("phone", "is", {"value": phone})), headers=HTMX))
    assert phone not in str(given)
    response = page.get(URL, given)
    assert list(response.context["page"].object_list) == [waiting]
    assert waiting.receiver.phone_masked in response.content.decode()


def test_a_long_list_is_kept_and_its_key_stands_in_the_address(page: Client, waiting: Order) -> None:
    numbers = [waiting.trade_no, *(str(10**15 + number) for number in range(1500))]
    given = address(page.post(APPLY, form(a=("trade", "is", {"value": "\n".join(numbers)})), headers=HTMX))
    assert len(given["trade"][0]) < SHORT_ENOUGH
    assert PastedValues.objects.count() == 1
    response = page.get(URL, given)
    assert list(response.context["page"].object_list) == [waiting]
    PastedValues.objects.all().delete()
    gone = page.get(URL, given)
    assert list(gone.context["filters"].errors) == ["trade"]


def test_choices_are_found_by_typing_and_what_is_chosen_stays(page: Client) -> None:
    url = reverse("orders:filter_choices")
    response = page.get(
        url, {"field": "sku", "at": "r1", "r1-search": "连衣裙 藏青", "r1-value": ["FBB-01"], "stage": "open"}
    )
    assert [choice.code for choice in response.context["row"].choices] == ["FBB-01", "LYQ-03"]
    response = page.get(url, {"field": "region", "at": "r1", "r1-search": "杭州 西湖", "stage": "open"})
    assert [choice.code for choice in response.context["row"].choices] == ["330106"]
    response = page.get(url, {"field": "reason", "at": "r1", "r1-search": "库存\x00不足zzz", "stage": "open"})
    assert response.context["row"].choices == []


def test_offers_only_shops_and_warehouses_of_the_scope(company: BusyCompany, sign_in: SignIn) -> None:
    client = sign_in(make_staff(role="customer_service", shops=[company.shops[1]], warehouses=[company.warehouse]))
    for field, names in (("shop", [company.shops[1].name]), ("warehouse", [company.warehouse.name])):
        response = client.get(reverse("orders:filter_row"), {"field": field, "stage": "open"})
        assert [str(choice.label) for choice in response.context["row"].choices if choice.key] == names


class TestViews:
    def save(self, client: Client, name: str, query: str, **more: str) -> HttpResponse:
        response: Any = client.post(reverse("orders:view_save"), {"name": name, "address": query, **more}, headers=HTMX)
        return response  # type: ignore[no-any-return]

    def test_are_saved_shown_and_changed(self, page: Client, clerk: Staff) -> None:
        response = self.save(page, "大额", "stage=open&paid=500..", pinned="yes", first="yes")
        view = SavedView.objects.get()
        assert response["HX-Redirect"] == f"{URL}?stage=open&view={view.pk}&paid=500.."
        # It is the one to begin with; a stage that is asked for goes before it.
        assert page.get(URL)["Location"] == response["HX-Redirect"]
        assert page.get(URL, {"stage": "cs_review"}).status_code == 200
        strip = page.get(response["HX-Redirect"]).context["strip"]
        assert (strip.current.view, strip.changed, len(strip.pins)) == (view, False, 1)
        strip = page.get(URL, {"stage": "open", "view": str(view.pk), "paid": "600.."}).context["strip"]
        assert strip.changed
        change = {"address": "stage=open&paid=600.."}
        page.post(reverse("orders:view_update", args=[view.pk]), change, headers=HTMX)
        view.refresh_from_db()
        assert view.query == "paid=600.."

    def test_the_strip_counts_the_pinned_ones(self, page: Client, clerk: Staff) -> None:
        view = saved_views.save_view(clerk, "大额", "open", {"paid": ["500.."]})
        saved_views.pin_view(clerk, view.pk, pinned=True)
        response = page.get(reverse("orders:view_strip"), {"stage": "open"})
        (pin,) = response.context["strip"].pins
        assert pin.count == str(Order.objects.filter(paid_amount__gte=500).exclude(state="shipped").count())

    def test_are_arranged_by_small_changes(self, page: Client, clerk: Staff) -> None:
        one, two = (saved_views.save_view(clerk, name, "open", {}) for name in "ab")
        for name, value in (("rename", "改名"), ("pin", "yes"), ("first", "yes"), ("move", "down")):
            response = page.post(reverse("orders:view_change", args=[one.pk, name]), {"value": value}, headers=HTMX)
            assert response.status_code == 200
            assert "oms:views" in response["HX-Trigger"]
        assert [(line.view.name, line.pinned, line.first) for line in response.context["lines"]] == [
            ("b", False, False),
            ("改名", True, True),
        ]
        page.post(reverse("orders:view_change", args=[two.pk, "delete"]), headers=HTMX)
        assert SavedView.objects.get().name == "改名"

    def test_what_may_not_be_is_refused_by_a_sentence(self, page: Client, clerk: Staff) -> None:
        view = saved_views.save_view(clerk, "a", "open", {})
        foreign = saved_views.save_view(make_staff(role="operations"), "b", "open", {})
        assert self.save(page, "c", "stage=open", shared="yes").status_code == 422
        assert self.save(page, "a", "stage=open").status_code == 422
        assert self.save(page, "d", "stage=open&paid=abc").status_code == 422
        for name, pk, status in (("share", view.pk, 422), ("delete", foreign.pk, 422), ("nonsense", view.pk, 404)):
            url = reverse("orders:view_change", args=[pk, name])
            assert page.post(url, {"value": "yes"}, headers=HTMX).status_code == status
        assert SavedView.objects.count() == 2
