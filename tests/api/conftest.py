"""Programs that call /api/v1/, each with a token of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from oms.accounts.models import Staff
from oms.accounts.roles import seed_roles
from oms.accounts.tokens import make_token

Caller = Callable[[Staff], APIClient]


@pytest.fixture
def caller() -> Caller:
    """Makes the client of a program that signs in as a staff member."""

    def make(staff: Staff) -> APIClient:
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {make_token(staff, 'test')}")
        return client

    return make


@pytest.fixture
def _roles(db: Any) -> None:
    seed_roles()
