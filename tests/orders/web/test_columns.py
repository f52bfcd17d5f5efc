"""The columns of the order list: each person's own, in the page, in its style sheet and in the number of queries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import escape

from oms.accounts.models import Staff
from orders.column_layouts import MOST_PINNED, NARROWEST, WIDEST
from orders.models import ColumnLayout, Order, OrderTag
from orders.web.columns import COLUMNS, USUAL
from tests.factories.busy import BusyCompany, take_trades
from tests.factories.staff import make_staff

from .conftest import HTMX

URL = reverse("orders:workbench")
SAVE = reverse("orders:columns_save")


def heads(client: Client, stage: str = "open") -> list[str]:
    return [head.column.name for head in client.get(URL, {"stage": stage}).context["heads"]]


def save(client: Client, names: list[str], pinned: str = "1", **widths: str) -> Any:
    sent = {"column": [*names, *(name for name in COLUMNS if name not in names)], "shown": names, "pinned": pinned}
    return client.post(SAVE, sent | {f"width-{name}": width for name, width in widths.items()}, headers=HTMX)


def test_everybody_begins_with_the_usual_ones(page: Client) -> None:
    assert heads(page) == list(USUAL)
    assert heads(page, "cs_review") == [name for name in USUAL if name != "state"]


def test_columns_are_chosen_ordered_sized_and_pinned_for_oneself_alone(
    page: Client, company: BusyCompany, clerk: Staff
) -> None:
    wanted = ["no", "memo", "state", "paid", "deadline"]
    assert save(page, wanted, "3", memo="320", paid="20", no="132")["HX-Refresh"] == "true"
    assert heads(page) == wanted
    response = page.get(URL, {"stage": "open"})
    assert [head.css for head in response.context["heads"]][:3] == [
        "c-no pin pin-2",
        "c-memo pin pin-3",
        "c-state pin pin-4 pin-last",
    ]
    sheet = page.get(response.context["columns_css"]).content.decode()
    assert "#orders .c-memo{width:320px}" in sheet
    assert f"#orders .c-paid{{width:{NARROWEST}px}}" in sheet
    assert f"#orders .pin-4{{left:{34 + 132 + 320}px" in sheet
    # Where the state is the same of all orders it is not shown, and the pins close up.
    closed = page.get(URL, {"stage": "cs_review"}).context["heads"]
    assert [head.css for head in closed][:3] == ["c-no pin pin-2", "c-memo pin pin-3 pin-last", "c-paid n"]
    other = Client()
    other.force_login(make_staff(role="customer_service"))
    assert heads(other) == list(USUAL)
    page.post(reverse("orders:columns_reset"), headers=HTMX)
    assert heads(page) == list(USUAL)


def test_a_dragged_head_keeps_its_width_and_the_address_of_the_sheet_changes(page: Client) -> None:
    before = page.get(URL, {"stage": "open"}).context["columns_css"]
    sent = {"name": "goods", "width": "333", "stage": "open"}
    response = page.post(reverse("orders:columns_size"), sent, headers=HTMX)
    after = page.get(URL, {"stage": "open"}).context["columns_css"]
    assert before != after
    assert after in response["HX-Trigger"]
    assert "c-goods{width:333px}" in page.get(after).content.decode()
    assert heads(page) == list(USUAL)


@pytest.mark.parametrize("sent", [{"name": "nonsense", "width": "90"}, {"name": "goods", "width": "-5"}, {}])
def test_a_width_without_sense_changes_nothing(page: Client, sent: dict[str, str]) -> None:
    before = page.get(URL, {"stage": "open"}).context["columns_css"]
    page.post(reverse("orders:columns_size"), sent, headers=HTMX)
    assert page.get(URL, {"stage": "open"}).context["columns_css"] == before


def test_nonsense_is_brought_within_bounds_or_refused(page: Client, clerk: Staff) -> None:
    assert save(page, []).status_code == 422
    assert save(page, ["nonsense"]).status_code == 422
    assert not ColumnLayout.objects.exists()
    save(page, ["no", "nonsense", "no", "shop"], "99", no="99999", shop="abc")
    layout = ColumnLayout.objects.get(staff=clerk)
    assert layout.columns == [["no", WIDEST], ["shop", 0]]
    assert layout.pinned == min(MOST_PINNED, 2)
    # A column that the product has no more is passed over.
    ColumnLayout.objects.update(columns=[["gone", 0], ["shop", 0]])
    assert heads(page) == ["shop"]
    ColumnLayout.objects.update(columns=[["gone", 0]])
    assert heads(page) == list(USUAL)


def test_the_dialog_lists_every_column_those_shown_first(page: Client) -> None:
    save(page, ["shop", "no"])
    response = page.get(reverse("orders:columns_dialog"))
    columns = response.context["columns"]
    assert [column.name for column, shown, _width in columns if shown] == ["shop", "no"]
    assert {column.name for column, _shown, _width in columns} == set(COLUMNS)


def test_every_column_shows_what_it_says(page: Client, waiting: Order, subtests: pytest.Subtests) -> None:
    tag = OrderTag.objects.create(name="老客户")
    Order.objects.filter(pk=waiting.pk).update(
        tags=[tag.pk],
        flag=1,
        seller_memo="先发",
        buyer_message="快一点",
        internal_note="等仓库",
        invoice_title="某某公司",
    )
    waiting.refresh_from_db()
    save(page, list(COLUMNS))
    response = page.get(URL, {"stage": "open", "no": waiting.no})
    (row,) = response.context["rows"]
    text = response.content.decode()
    assert [cell.css.split()[0] for cell in row.cells] == [f"c-{name}" for name in COLUMNS]
    for shown in (
        *(waiting.no, waiting.trade_no, waiting.buyer_nick, waiting.region_name, waiting.shop.name, "老客户", "先发"),
        *("快一点", "等仓库", "某某公司", "红", waiting.receiver.phone_masked, f"{waiting.paid_amount:,.2f}"),
    ):
        with subtests.test(shown):
            assert shown in text
    assert waiting.receiver.phone not in text
    assert waiting.receiver.name not in text


def test_what_people_write_is_no_html(page: Client, waiting: Order) -> None:
    wicked = '"><script>alert(1)</script>'
    words = ("buyer_nick", "buyer_message", "seller_memo", "internal_note", "invoice_title", "region_name", "summary")
    tag = OrderTag.objects.create(name=wicked[:20])
    Order.objects.filter(pk=waiting.pk).update(
        tags=[tag.pk], held=True, hold_reason=wicked, **dict.fromkeys(words, wicked)
    )
    save(page, list(COLUMNS))
    text = page.get(URL, {"stage": "open", "no": waiting.no}).content.decode()
    assert text.count(escape(wicked)) >= 2 * len(words)
    assert "<script>alert" not in text
    assert f'data-href="{reverse("orders:order", args=[waiting.no])}"' in text
    assert f'data-panel-url="{reverse("orders:panel", args=[waiting.no])}"' in text


def test_the_number_of_queries_does_not_depend_on_the_rows(page: Client, company: BusyCompany, waiting: Order) -> None:
    take_trades(company, 160, seed=12)
    save(page, list(COLUMNS))

    def ask(query: dict[str, str]) -> tuple[int, int]:
        with CaptureQueriesContext(connection) as queries:
            rows = page.get(URL, {"stage": "open", **query}).context["rows"]
        return len(rows), len(queries)

    rows, many = ask({})
    row, one = ask({"q": waiting.no})
    assert (rows, row) == (50, 1)
    # A full page is counted to its end.
    assert many - 1 <= one <= many


def test_what_can_be_sorted_by_says_so(page: Client) -> None:
    response = page.get(URL, {"stage": "open", "sort": "-paid_amount"})
    sorted_by = {head.column.name: head.sorted_by for head in response.context["heads"] if head.sorted_by}
    assert sorted_by == {"paid": "descending"}
    assert 'aria-sort="descending"' in response.content.decode()


def test_the_archive_is_sorted_only_by_what_has_an_index_over_it(page: Client) -> None:
    save(page, ["paid", "created_at"])
    for stage, sorts in (("open", ["paid_amount", "created_at"]), ("shipped", ["", "created_at"])):
        response = page.get(URL, {"stage": stage, "sort": "-paid_amount"})
        assert [head.sort for head in response.context["heads"]] == sorts
        assert response.context["sort"] == ("-paid_amount" if stage == "open" else "")


def test_needs_the_function(company: BusyCompany, sign_in: Callable[[Staff], Client]) -> None:
    client = sign_in(make_staff(role="warehouse"))
    assert client.get(reverse("orders:columns_css")).status_code == 403
    assert client.post(SAVE, {"shown": "no", "column": "no"}).status_code == 403
