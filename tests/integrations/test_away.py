"""The platform cannot be reached at all: the shop's page says why, the download backs off, and afterwards nothing is missing."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from integrations.download import download_due, download_now
from integrations.models import DownloadPosition
from integrations.sandbox.control_client import ControlClient
from oms.catalog.models import Shop
from oms.core.errors import UnableTo
from orders.models import Trade
from tests.factories import make_staff
from tests.integrations.make import generate
from tests.proofs.faulty import faulty


@pytest.mark.parametrize("kind", ["refused", "black hole", "reset", "garbage"])
def test_a_platform_that_cannot_be_reached_is_said_and_nothing_is_missing_afterwards(
    sandbox: ControlClient, shop: Shop, kind: str
) -> None:
    numbers = generate(sandbox, 5)
    right = shop.gateway_url
    with faulty(kind) as port:
        Shop.objects.update(gateway_url=f"http://127.0.0.1:{port}/router/rest")
        shop.refresh_from_db()
        with pytest.raises(UnableTo) as raised:
            download_now(shop)
    position = DownloadPosition.objects.get()
    assert position.last_error == str(raised.value)
    assert (position.position, position.lease_until, position.failures) == (None, None, 1)
    assert position.next_due_at > timezone.now()
    assert download_due() == 0, "it is not called again at once"
    client = Client()
    client.force_login(make_staff(superuser=True))
    assert position.last_error in client.get(f"/shops/{shop.code}/").content.decode()
    Shop.objects.update(gateway_url=right)
    DownloadPosition.objects.update(next_due_at=timezone.now())
    assert download_due() == 1
    assert set(Trade.objects.values_list("trade_no", flat=True)) >= set(numbers)
    assert DownloadPosition.objects.get().last_error == ""
