"""Goods are found by the beginning of their code, a part of their name or specification, or a barcode, and without reading all of them."""

from __future__ import annotations

import pytest
from django.db import connection

from oms.catalog.models import Barcode, Product, Sku
from oms.catalog.queries import sku_list
from tests.factories import make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def goods() -> None:
    dress = Product.objects.create(code="P1", name="春季碎花连衣裙 Slim")
    mug = Product.objects.create(code="P2", name="不锈钢保温杯 100%")
    red = Sku.objects.create(product=dress, code="Lyq-01", spec="红色 / M")
    Sku.objects.create(product=dress, code="LYQ-02", spec="藏青 / L")
    Sku.objects.create(product=mug, code="BWB_1", spec="雾蓝")
    Sku.objects.create(product=mug, code="OLD", spec="雾蓝", enabled=False)
    Barcode.objects.create(sku=red, code="6901234567892")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("连衣裙", ["LYQ-02", "Lyq-01"]),
        ("slim", ["LYQ-02", "Lyq-01"]),
        ("连", ["LYQ-02", "Lyq-01"]),
        ("裙连", []),
        ("连裙", []),
        ("lyq-0", ["LYQ-02", "Lyq-01"]),
        ("yq", []),
        ("/ m", ["Lyq-01"]),
        ("藏青", ["LYQ-02"]),
        ("100%", ["BWB_1"]),
        ("0%", ["BWB_1"]),
        ("%", ["BWB_1"]),
        ("BWB_", ["BWB_1"]),
        ("BWB%", []),
        ("6901234567892", ["Lyq-01"]),
        ("690123456789", []),
        ("雾蓝", ["BWB_1"]),
        ("李", []),
    ],
)
def test_what_is_found(text: str, found: list[str]) -> None:
    assert sorted(sku.code for sku in sku_list(make_staff(), text)) == found


def test_every_question_is_answered_by_an_index() -> None:
    with connection.cursor() as cursor:
        # Of a handful of goods the planner would rather walk any index as a whole; a bitmap is made by conditions alone.
        for setting in ("enable_seqscan", "enable_indexscan", "enable_indexonlyscan"):
            cursor.execute(f"SET LOCAL {setting} = off")
    plan = sku_list(make_staff(), "连衣裙").explain()
    for index in ("product_name_grams", "sku_spec_grams", "sku_code_folded"):
        assert index in plan, plan
