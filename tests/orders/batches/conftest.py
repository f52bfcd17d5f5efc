"""A company and a clerk of it, whose books are in order afterwards."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from oms.accounts.models import Staff
from tests.factories import Company, make_company, make_staff
from tests.holding import assert_invariants_hold


@pytest.fixture
def company() -> Iterator[Company]:
    yield make_company()
    assert_invariants_hold()


@pytest.fixture
def clerk() -> Staff:
    return make_staff(role="customer_service")
