"""The scripts and styles of all work pages together weigh at most 300 KB on the wire."""

from __future__ import annotations

import pytest
from django.test import Client

from orders.models import Order
from tests.bench.pages import addresses
from tests.bench.weight import loaded_by, weigh
from tests.factories import make_company, make_order, make_staff

pytestmark = pytest.mark.django_db

MOST = 300 * 1024


def test_all_work_pages_together() -> None:
    company = make_company()
    make_order(company, buyer_message="急")
    assert Order.objects.get().state == "cs_review"
    client = Client()
    client.force_login(make_staff(superuser=True))
    files: set[str] = set()
    for name, address in addresses().items():
        response = client.get(address, follow=True)
        assert response.status_code == 200, (name, address)
        found = loaded_by(response.content.decode())
        assert {"css/base.css", "js/shell.js", "django_htmx/htmx-2.min.js"} <= found, name
        files |= found
    # What the workbench's scripts import is found too.
    assert {"js/keys.js", "js/overlays.js"} <= files
    assert 20 * 1024 < weigh(files) <= MOST, sorted(files)
