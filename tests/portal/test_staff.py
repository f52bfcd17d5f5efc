"""The administrator's pages: people, and what roles may do."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from oms.accounts.models import AuditEntry, ScopeGrant, Staff
from tests.factories import make_category, make_shop, make_staff, make_warehouse
from tests.factories.staff import PASSWORD

pytestmark = pytest.mark.django_db

MEMBERS, ADD, ROLES = "/staff/", "/staff/add/", "/staff/roles/"


@pytest.fixture
def boss() -> Staff:
    return make_staff("boss", role="administrator", display_name="管理员甲")


def signed_in(staff: Staff) -> Client:
    client = Client()
    client.force_login(staff)
    return client


def may(role: str) -> set[str]:
    found = Group.objects.get(name=role).permissions.values_list("content_type__app_label", "codename")
    return {f"{app}.{codename}" for app, codename in found}


def form_of(staff: Staff, **changed: Any) -> dict[str, Any]:
    """The form of somebody as a browser would send it, with these changes."""
    groups = list(staff.groups.values_list("name", flat=True))
    grants = list(staff.scope_grants.values_list("dimension", "object_id"))
    data: dict[str, Any] = {
        "display_name": staff.display_name,
        "password": "",
        "roles": groups,
        "shops": [pk for kind, pk in grants if kind == "shop"],
        "warehouses": [pk for kind, pk in grants if kind == "warehouse"],
        "categories": [pk for kind, pk in grants if kind == "category"],
        **{
            name: "on"
            for name in ("is_active", "all_shops", "all_warehouses", "all_categories")
            if getattr(staff, name)
        },
    }
    data |= changed
    return {name: value for name, value in data.items() if value is not None}


def test_only_who_manages_staff_sees_the_pages(boss: Staff) -> None:
    clerk = signed_in(make_staff(role="operations"))
    pages = [MEMBERS, ADD, ROLES, reverse("staff:member", args=[boss.pk])]
    assert [clerk.get(page).status_code for page in pages] == [403] * 4
    client = signed_in(boss)
    assert [client.get(page).status_code for page in pages] == [200] * 4
    assert 'href="/staff/"' in client.get("/").content.decode()
    assert 'href="/staff/"' not in clerk.get("/").content.decode()


def test_the_list_is_found_through_by_name_and_role_and_costs_the_same_for_many(
    boss: Staff, django_assert_max_num_queries: Any
) -> None:
    make_staff("linxiao", role="customer_service", display_name="林晓", shops=[make_shop("S1"), make_shop("S2")])
    make_staff("gone", display_name="走了", active=False)
    client = signed_in(boss)
    page = client.get(MEMBERS, {"q": "林"}).content.decode()
    assert "linxiao" in page
    assert "boss</td>" not in page
    assert "linxiao" not in client.get(MEMBERS, {"role": "finance"}).content.decode()
    everybody = client.get(MEMBERS).content.decode()
    assert "gone" not in everybody
    assert "gone" in client.get(MEMBERS, {"off": "on"}).content.decode()
    for _number in range(30):
        make_staff(role="warehouse")
    with django_assert_max_num_queries(14):
        client.get(MEMBERS)


def test_somebody_is_limited_to_categories_of_the_tree(boss: Staff) -> None:
    clothes = make_category("女装")
    dresses, phones = make_category("连衣裙", clothes), make_category("手机")
    clerk = make_staff("linxiao", role="customer_service")
    client = signed_in(boss)
    address = reverse("staff:member", args=[clerk.pk])
    assert "\u3000连衣裙" in client.get(address).content.decode(), "each under its parent"
    data = form_of(clerk, categories=[dresses.pk, phones.pk], all_categories=None)
    assert client.post(address, data).status_code == 302
    clerk.refresh_from_db()
    assert not clerk.all_categories
    assert set(clerk.scope_grants.values_list("dimension", "object_id")) == {
        ("category", dresses.pk),
        ("category", phones.pk),
    }
    entry = AuditEntry.objects.get(action="change_staff")
    assert entry.details == {"all_categories": [True, False], "categories": [[], sorted([dresses.pk, phones.pk])]}
    assert "连衣裙" in client.get(reverse("staff:audit"), {"action": "change_staff"}).content.decode()


def test_somebody_is_added_and_can_sign_in(boss: Staff) -> None:
    shop, warehouse = make_shop("S1"), make_warehouse("W1")
    data = {
        "username": "zhao",
        "display_name": "赵敏",
        "password": "a long secret 7",
        "roles": ["customer_service", "finance"],
        "shops": [shop.pk],
        "warehouses": [warehouse.pk],
    }
    answer = signed_in(boss).post(ADD, data)
    zhao = Staff.objects.get(username="zhao")
    assert answer.headers["Location"] == reverse("staff:member", args=[zhao.pk])
    assert set(zhao.groups.values_list("name", flat=True)) == {"customer_service", "finance"}
    assert set(zhao.scope_grants.values_list("dimension", "object_id")) == {
        ("shop", shop.pk),
        ("warehouse", warehouse.pk),
    }
    entry = AuditEntry.objects.get(action="add_staff")
    assert (entry.staff, entry.subject_id, entry.address) == (boss, zhao.pk, "127.0.0.1")
    assert "a long secret 7" not in str(entry.details)
    assert zhao.check_password("a long secret 7")


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"username": "BOSS"}, "已被使用"),
        ({"username": "two words"}, "用户名"),
        ({"username": ""}, "必填"),
        ({"password": "short"}, "密码"),
        ({"password": ""}, "必填"),
        ({"roles": ["emperor"]}, "emperor"),
        ({"shops": ["999999"]}, "999999"),
        ({"shops": ["x"]}, "x"),
    ],
)
def test_what_is_wrong_is_said_at_the_field_and_nothing_typed_is_lost(
    wrong: dict[str, Any], sentence: str, boss: Staff
) -> None:
    shop = make_shop("S1")
    data = {"username": "zhao", "display_name": "赵敏", "password": "a long secret 7", "roles": ["finance"]} | wrong
    answer = signed_in(boss).post(ADD, data | {"warehouses": []})
    page = answer.content.decode()
    assert answer.status_code == 200
    errors = re.findall(r'class="error" role="alert">([^<]*)<', page)
    assert [sentence in error for error in errors] == [True]
    assert 'value="赵敏"' in page
    assert "a long secret 7" not in page
    assert f'value="{shop.pk}"' in page
    assert not Staff.objects.filter(username__in=["zhao", "two words"]).exists()


def test_changes_are_kept_and_told_to_the_audit_log(boss: Staff) -> None:
    one, two = make_shop("S1"), make_shop("S2")
    clerk = make_staff("linxiao", role="customer_service", shops=[one])
    kept = clerk.scope_grants.get().pk
    data = form_of(clerk, display_name="林晓", roles=["finance"], shops=[one.pk, two.pk])
    assert signed_in(boss).post(reverse("staff:member", args=[clerk.pk]), data).status_code == 302
    clerk.refresh_from_db()
    assert clerk.display_name == "林晓"
    assert list(clerk.groups.values_list("name", flat=True)) == ["finance"]
    assert ScopeGrant.objects.filter(pk=kept).exists()
    assert clerk.scope_grants.count() == 2
    assert clerk.check_password(PASSWORD)
    assert AuditEntry.objects.get(action="change_staff").details == {
        "display_name": ["", "林晓"],
        "roles": [["customer_service"], ["finance"]],
        "shops": [[one.pk], [one.pk, two.pk]],
    }
    signed_in(boss).post(reverse("staff:member", args=[clerk.pk]), form_of(clerk))
    assert AuditEntry.objects.filter(action="change_staff").count() == 1


def test_a_new_password_ends_the_sessions_of_its_owner_but_not_the_one_that_set_it(boss: Staff) -> None:
    clerk = make_staff("linxiao", role="customer_service")
    theirs, mine = signed_in(clerk), signed_in(boss)
    mine.post(reverse("staff:member", args=[clerk.pk]), form_of(clerk, password="another secret 8"))
    assert theirs.get("/").status_code == 302
    mine.post(reverse("staff:member", args=[boss.pk]), form_of(boss, password="another secret 9"))
    assert mine.get("/").status_code == 200
    assert "another secret" not in str(list(AuditEntry.objects.values_list("details", flat=True)))


def test_nobody_switches_themselves_off(boss: Staff) -> None:
    make_staff(role="administrator")
    answer = signed_in(boss).post(reverse("staff:member", args=[boss.pk]), form_of(boss, is_active=None))
    assert "不能停用自己" in answer.content.decode()
    boss.refresh_from_db()
    assert boss.is_active


def test_somebody_always_remains_who_manages_staff(boss: Staff) -> None:
    client, address = signed_in(boss), reverse("staff:member", args=[boss.pk])
    refused = client.post(address, form_of(boss, roles=["finance"]))
    assert "没有人可以管理" in refused.content.decode()
    assert boss.groups.get().name == "administrator"
    cell = "administrator:accounts.manage_staff"
    refused = client.post(ROLES, {"was": [cell], "may": []})
    assert "没有人可以管理" in refused.content.decode()
    assert "accounts.manage_staff" in may("administrator")
    assert not AuditEntry.objects.filter(action__in=["change_staff", "change_role"]).exists()
    # Somebody who is switched off does not count, somebody who can sign in does.
    make_staff(role="administrator", active=False)
    assert client.post(address, form_of(boss, roles=["finance"])).status_code == 200
    make_staff(role="administrator")
    assert client.post(address, form_of(boss, roles=["finance"])).status_code == 302


def test_who_may_everything_is_changed_by_their_like_alone(boss: Staff) -> None:
    root = make_staff("root", superuser=True)
    data = form_of(root, password="another secret 8")
    refused = signed_in(boss).post(reverse("staff:member", args=[root.pk]), data)
    assert refused.status_code == 200
    root.refresh_from_db()
    assert root.check_password(PASSWORD)
    assert signed_in(root).post(reverse("staff:member", args=[root.pk]), data).status_code == 302


def test_ticks_change_what_everybody_with_the_role_may_do(boss: Staff) -> None:
    clerk = signed_in(make_staff(role="warehouse"))
    assert clerk.get("/finance/vouchers/").status_code == 403
    client = signed_in(boss)
    page = client.get(ROLES).content.decode()
    assert 'value="warehouse:finance.view_voucher"' in page
    given, taken = "warehouse:finance.view_voucher", "warehouse:warehouse.view_tariff"
    answer = client.post(ROLES, {"was": [taken], "may": [given]})
    assert answer.status_code == 302
    assert "finance.view_voucher" in may("warehouse")
    assert "warehouse.view_tariff" not in may("warehouse")
    assert clerk.get("/finance/vouchers/").status_code == 200
    entry = AuditEntry.objects.get(action="change_role")
    assert (entry.staff, entry.details["given"], entry.details["taken"]) == (
        boss,
        ["finance.view_voucher"],
        ["warehouse.view_tariff"],
    )


def test_two_administrators_do_not_undo_each_other(boss: Staff) -> None:
    first, second = signed_in(boss), signed_in(make_staff(role="administrator"))
    was = ["quality:warehouse.view_stock"]
    first.post(ROLES, {"was": was, "may": [*was, "quality:finance.view_voucher"]})
    second.post(ROLES, {"was": was, "may": [*was, "quality:warehouse.view_tariff"]})
    assert {"finance.view_voucher", "warehouse.view_tariff", "warehouse.view_stock"} <= may("quality")


@pytest.mark.parametrize(
    "value", ["", "nonsense", "emperor:finance.view_voucher", "quality:auth.add_user", "quality:x\0"]
)
def test_ticks_that_there_are_not_change_nothing(value: str, boss: Staff) -> None:
    before = may("quality")
    assert signed_in(boss).post(ROLES, {"was": [], "may": [value]}).status_code == 302
    assert may("quality") == before
    assert not AuditEntry.objects.filter(action="change_role").exists()
