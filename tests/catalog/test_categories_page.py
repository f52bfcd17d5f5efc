"""The page of the categories: shown in their places, moved by who manages products and sees all of them."""

from __future__ import annotations

import io

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from oms.catalog.imports import import_products
from oms.catalog.models import Category, Product
from oms.core.models import Job
from tests.factories import make_category, make_staff

pytestmark = pytest.mark.django_db

PAGE = reverse("catalog:categories")


@pytest.fixture
def clothes() -> Category:
    clothes = make_category("女装")
    make_category("连衣裙", clothes)
    make_category("数码")
    return clothes


@pytest.fixture
def manager(client: Client) -> Client:
    client.force_login(make_staff(role="operations"))
    return client


def test_are_added_and_moved(manager: Client, clothes: Category) -> None:
    assert "\u3000连衣裙" in manager.get(PAGE).content.decode()
    manager.post(reverse("catalog:add_category"), {"name": "配件", "parent": clothes.pk})
    added = Category.objects.get(name="配件")
    assert added.path == [clothes.pk, added.pk]
    manager.post(reverse("catalog:move_category", args=[added.pk]), {"parent": ""})
    added.refresh_from_db()
    assert added.path == [added.pk]


@pytest.mark.parametrize("parent", ["999999", "x", "9" * 30])
def test_what_cannot_be_is_said(manager: Client, clothes: Category, parent: str) -> None:
    answer = manager.post(reverse("catalog:move_category", args=[clothes.pk]), {"parent": parent})
    assert [message.level_tag for message in get_messages(answer.wsgi_request)] == ["error"]
    assert manager.post(reverse("catalog:move_category", args=[999999]), {"parent": ""}).status_code == 404


def test_who_is_limited_sees_a_part_and_changes_and_imports_nothing(client: Client, clothes: Category) -> None:
    client.force_login(make_staff(role="operations", categories=[clothes]))
    text = client.get(PAGE).content.decode()
    assert "连衣裙" in text
    assert "数码" not in text
    assert reverse("catalog:add_category") not in text
    phones = Category.objects.get(name="数码")
    client.post(reverse("catalog:move_category", args=[phones.pk]), {"parent": clothes.pk})
    client.post(reverse("catalog:add_category"), {"name": "新"})
    phones.refresh_from_db()
    assert phones.parent is None
    assert not Category.objects.filter(name="新").exists()
    file = io.BytesIO("商家编码,商品名称\nX1,新品".encode())
    file.name = "products.csv"
    client.post(reverse("catalog:import_products"), {"file": file}, headers={"HX-Request": "true"})
    assert not Job.objects.exists()


def test_a_file_names_a_category_with_what_it_lies_under() -> None:
    rows = "商家编码,商品名称,类目\nX1,裙,女装/连衣裙\nX2,裤,裤装\nX3,壳, / \nX4,坏,同/同\n"
    report = import_products(io.BytesIO(rows.encode()))
    assert [error.line for error in report.errors] == [5]
    products = {product.code: product.category for product in Product.objects.select_related("category__parent")}
    assert {code: str(category) for code, category in products.items()} == {"X1": "连衣裙", "X2": "裤装", "X3": "None"}
    assert products["X1"] is not None
    assert str(products["X1"].parent) == "女装"
    again = import_products(io.BytesIO(rows.encode()))
    assert (again.created, again.changed, again.same) == (0, 0, 3)
