"""Who may enter: every address declares it, and every role is let in or turned away as its functions say.

The walk goes over the resolver, so that an address added tomorrow is tested tomorrow.
"""

from __future__ import annotations

import pytest
from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse

from oms.accounts.gate import Access
from oms.accounts.models import Staff
from oms.accounts.roles import ROLES
from oms.accounts.routes import Address, all_addresses
from tests.factories import make_staff

EXAMPLES = {"int": 1, "slug": "none", "str": "none", "uuid": "00000000-0000-0000-0000-000000000000", "path": "none"}


def example(address: Address) -> str:
    """An address that exists in form, whether or not anything has these numbers."""
    return reverse(address.name, kwargs={name: EXAMPLES[kind] for name, kind in address.parameters})


ADDRESSES = all_addresses()
PAGES = [
    address for address in ADDRESSES if isinstance(address.access, Access) and not hasattr(address.callback, "cls")
]
GUARDED = [address for address in PAGES if address.access.kind != "open"]


def test_the_walk_finds_the_pages() -> None:
    names = {address.name for address in ADDRESSES}
    assert {"portal:home", "accounts:sign_in", "catalog:bind", "orders:workbench"} <= names
    assert {address.area for address in PAGES} >= {"portal", "accounts", "catalog"}


@pytest.mark.parametrize("address", ADDRESSES, ids=lambda address: address.name)
def test_every_address_declares_who_may_call_it(address: Address) -> None:
    assert address.access is not None, f"{address.name} declares nothing: see oms/accounts/gate.py"


def test_only_the_doors_are_open_to_all() -> None:
    doors = {address.name for address in PAGES if address.access.kind == "open"}
    assert doors <= {
        "accounts:sign_in",
        "accounts:sign_out",
        "accounts:language",
        "accounts:second_factor_code",
        "healthz",
        "schema",
    }


def ask(client: Client, address: Address) -> HttpResponseBase:
    """Ask as a page would: by GET, or by POST where that alone is answered."""
    answer = client.get(example(address))
    return client.post(example(address)) if answer.status_code == 405 else answer


@pytest.mark.django_db
@pytest.mark.parametrize("address", GUARDED, ids=lambda address: address.name)
def test_nobody_is_sent_to_the_sign_in(address: Address) -> None:
    answer = ask(Client(), address)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(reverse("accounts:sign_in") + "?next=/")
    part = Client(headers={"HX-Request": "true", "HX-Current-URL": "/orders/"})
    refused = ask(part, address)
    assert refused.status_code == 401
    assert refused.headers["HX-Redirect"] == reverse("accounts:sign_in") + "?next=/orders/"


def may(staff: Staff, access: Access) -> bool:
    return staff.has_perms(access.permissions)


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["", *(role.code for role in ROLES), "superuser"])
def test_each_role_enters_what_its_functions_say_and_nothing_else(role: str) -> None:
    staff = make_staff(superuser=True) if role == "superuser" else make_staff(role=role)
    client = Client()
    client.force_login(staff)
    wrong = []
    for address in GUARDED:
        status = ask(client, address).status_code
        allowed = may(staff, address.access)
        # A foreign or missing object is 404, a form without its fields 4xx: who is let in is never told 403 or 5xx.
        if (status == 403) is allowed or status >= 500 or status == 401:
            wrong.append((address.name, status, allowed))
    assert wrong == []


@pytest.mark.django_db
def test_the_roles_differ_where_the_company_wants_it() -> None:
    """A plain table beside the mechanism, so that a slip in the roles themselves shows."""
    table = {
        "catalog:products": {"operations", "customer_service", "finance", "warehouse", "quality"},
        "catalog:listings": {"operations", "customer_service"},
        "catalog:bind": {"operations", "customer_service"},
        "portal:home": {"operations", "customer_service", "finance", "warehouse", "quality", "administrator"},
        "rules:blacklist": {"operations", "customer_service"},
        "rules:end_entry": {"operations", "customer_service"},
        "staff:members": {"administrator"},
        "staff:roles": {"administrator"},
        "staff:audit": {"administrator"},
    }
    by_name = {address.name: address for address in GUARDED}
    for name, allowed in table.items():
        entered = set()
        for role in ROLES:
            client = Client()
            client.force_login(make_staff(role=role.code))
            if ask(client, by_name[name]).status_code != 403:
                entered.add(role.code)
        assert entered == allowed, name


@pytest.mark.django_db
def test_deeds_without_the_token_of_the_session_are_refused() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_staff(superuser=True))
    deeds = [address for address in GUARDED if client.get(example(address)).status_code == 405]
    assert "catalog:bind" in {address.name for address in deeds}
    assert {address.name: client.post(example(address)).status_code for address in deeds} == {
        address.name: 403 for address in deeds
    }
