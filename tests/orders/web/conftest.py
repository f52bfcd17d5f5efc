"""A company with orders in every stage before the warehouse, and people to look at them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from oms.accounts.models import Staff
from orders.models import Order
from tests.factories.busy import BusyCompany, make_busy_company, take_trades
from tests.factories.staff import make_staff

HTMX = {"HX-Request": "true"}


@pytest.fixture
def company(db: None) -> BusyCompany:
    made = make_busy_company()
    take_trades(made, 30)
    return made


@pytest.fixture
def clerk(company: BusyCompany) -> Staff:
    return make_staff(role="customer_service", display_name="林晓")


@pytest.fixture
def sign_in(client: Client) -> Callable[[Staff], Client]:
    def sign_in(staff: Staff) -> Client:
        client.force_login(staff)
        return client

    return sign_in


@pytest.fixture
def page(clerk: Staff, sign_in: Callable[[Staff], Client]) -> Client:
    """A browser in which a customer service clerk has signed in."""
    return sign_in(clerk)


@pytest.fixture
def waiting(company: BusyCompany) -> Order:
    """An order that waits for the audit, and can pass it."""
    return Order.objects.filter(state="cs_review", warehouse=company.warehouse).order_by("id")[0]
