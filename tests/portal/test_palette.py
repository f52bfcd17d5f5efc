"""What the command palette leads to: every page one may enter, kinds of rules, views; nothing that one may not."""

from __future__ import annotations

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse

from oms.accounts.routes import all_addresses
from oms.portal.help import PAGES
from oms.portal.navigation import navigation_for
from oms.portal.palette import FURTHER, entries
from orders.saved_views import save_view
from tests.factories import make_staff

pytestmark = pytest.mark.django_db
ASKED_OTHERWISE = {"portal:search", "rules:start"}
"""The search is the palette's own last line; the rules are listed by kind."""


def test_every_page_without_variable_parts_is_led_to() -> None:
    request = RequestFactory().get("/")
    request.user = make_staff("everything", superuser=True)
    led = {item.url for section in navigation_for(request) for item in section.items}
    led |= {reverse(name) for name, _label in FURTHER}
    posts = {"accounts:renew_recovery_codes", "accounts:turn_off_second_factor"}
    posts |= {"catalog:import_listings", "rules:import_blacklist", "rules:import_words"}
    plain = {address.name for address in all_addresses() if not address.parameters} & PAGES.keys()
    assert sorted(name for name in plain - ASKED_OTHERWISE - posts if reverse(name) not in led) == []


def test_it_leads_where_the_person_may_go(client: Client) -> None:
    clerk = make_staff("lin", role="customer_service")
    save_view(clerk, "大额待审", "cs_review", {"paid": ["300.."]})
    labels = [str(entry.label) for entry in entries(clerk)]
    assert "大额待审" in labels
    assert reverse("orders:enter") in {entry.url for entry in entries(clerk)}
    assert reverse("staff:add") not in {entry.url for entry in entries(clerk)}
    packer = make_staff("wu", role="warehouse")
    urls = {entry.url for entry in entries(packer)}
    assert reverse("orders:enter") not in urls
    assert not any(url.startswith("/rules/") for url in urls)
    client.force_login(clerk)
    assert client.get("/palette/").content.decode().count("<li>") == len(labels)


def test_it_costs_the_same_with_many_views(django_assert_max_num_queries: object) -> None:
    clerk = make_staff("lin", role="customer_service")
    for number in range(20):
        save_view(clerk, f"视图 {number}", "cs_review", {})
    clerk.has_perm("orders.view_order")
    with django_assert_max_num_queries(2):  # type: ignore[operator]
        assert len(list(entries(clerk))) > 20
