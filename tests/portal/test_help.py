"""The help of the pages: short, and true to the guides. That no page lacks it, the walk of tests/access says."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from oms.accounts.routes import all_addresses
from oms.config import ROOT
from oms.portal.help import PAGES
from oms.portal.help.base import Help
from tests.factories import make_staff

GUIDES = ROOT / "docs" / "guides" / "zh"


@pytest.mark.parametrize("page", {id(page): page for page in PAGES.values()}.values(), ids=lambda page: page.guide[1])
def test_the_help_is_three_to_six_sentences_and_names_a_heading_that_there_is(page: Help) -> None:
    with translation.override("zh-hans"):
        text = f"{page.purpose}{page.first}{page.signs}"
    assert 3 <= text.count("。") <= 6, text
    assert not re.search(r"[A-Za-z]{12,}", text), text
    book, heading = page.guide
    assert heading in re.findall(r"^#+ (.+)$", (GUIDES / f"{book}.md").read_text().replace("`", ""), re.M)


def test_only_pages_that_there_are_have_help_and_what_is_named_beside_has_no_variable_parts() -> None:
    known = {address.name: address for address in all_addresses()}
    assert sorted(PAGES.keys() - known.keys()) == []
    beside = {name for page in PAGES.values() for name in page.see}
    assert sorted(name for name in beside if name not in PAGES or known[name].parameters) == []


@pytest.mark.django_db
def test_it_names_beside_the_page_what_the_person_may_enter(client: Client) -> None:
    client.force_login(make_staff("chen", role="finance"))
    assert reverse("orders:enter") not in _beside(client)
    client.force_login(make_staff("lin", role="customer_service"))
    assert reverse("orders:enter") in _beside(client)


def _beside(client: Client) -> list[str]:
    return [url for url, _page in client.get("/orders/").context["help_links"]]
