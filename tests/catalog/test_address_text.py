"""Receivers pasted as one text."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oms.catalog.address_text import read_receiver
from tests.factories import make_regions

pytestmark = pytest.mark.django_db

WHOLE = ("张三", "13812345678", "浙江省", "杭州市", "西湖区", "文三路478号")


@pytest.fixture(autouse=True)
def _regions() -> None:
    make_regions()


@pytest.mark.parametrize(
    "text",
    [
        "张三，13812345678，浙江省杭州市西湖区文三路478号",
        "浙江省 杭州市 西湖区 文三路478号 张三 13812345678",
        "收货人: 张三\n手机号码: 138-1234-5678\n所在地区: 浙江省杭州市西湖区\n详细地址: 文三路478号",
        "13812345678 浙江杭州西湖文三路478号 张三收",
        "张三 +86 13812345678 杭州市西湖区文三路478号",
        "姓名：张三；电话：１３８１２３４５６７８；地址：浙江省杭州市西湖区文三路478号",
    ],
)
def test_is_understood_however_it_is_written(text: str) -> None:
    found = read_receiver(text)
    assert (found.name, found.phone, found.province, found.city, found.district, found.address) == WHOLE


def test_an_extension_and_a_postal_code_are_kept() -> None:
    found = read_receiver("张三，13812345678-4321，浙江省杭州市西湖区文三路 478 号 2 单元，310012")
    assert (found.phone, found.zip_code, found.address) == ("13812345678-4321", "310012", "文三路 478 号 2 单元")


def test_what_is_not_there_stays_empty() -> None:
    found = read_receiver("文三路478号")
    assert (found.name, found.phone, found.province, found.address) == ("", "", "", "文三路478号")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.text(max_size=80))
def test_nonsense_is_no_error(text: str) -> None:
    read_receiver(text)
