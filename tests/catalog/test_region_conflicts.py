"""Addresses that contradict themselves: a city of another province, a district of another city."""

from __future__ import annotations

import pytest

from oms.catalog.regions import RegionIndex

INDEX = RegionIndex(
    [
        ("110000", "北京市", None, 1),
        ("110100", "北京市", "110000", 2),
        ("110105", "朝阳区", "110100", 3),
        ("330000", "浙江省", None, 1),
        ("330100", "杭州市", "330000", 2),
        ("330106", "西湖区", "330100", 3),
        ("330200", "宁波市", "330000", 2),
        ("330212", "鄞州区", "330200", 3),
        ("330282", "慈溪市", "330200", 3),
        ("320000", "江苏省", None, 1),
        ("320500", "苏州市", "320000", 2),
    ]
)


@pytest.mark.parametrize(
    ("why", "address", "named"),
    [
        ("all of a piece", ("浙江省", "杭州市", "西湖区"), ""),
        ("short names", ("浙江", "杭州", "西湖"), ""),
        ("a city of another province", ("浙江省", "苏州市", "姑苏区"), "苏州市"),
        ("a district of another city", ("浙江省", "杭州市", "鄞州区"), "鄞州区"),
        ("a district that nobody knows", ("浙江省", "杭州市", "高新开发区"), ""),
        ("a district of another province's city", ("浙江省", "杭州市", "朝阳区"), ""),
        ("a county-level city in the place of the city", ("浙江省", "慈溪市", ""), ""),
        ("a city that nobody knows", ("浙江省", "某某市", "西湖区"), ""),
        ("a municipality", ("北京市", "北京市", "朝阳区"), ""),
        ("no city", ("浙江省", "", "西湖区"), ""),
        ("no such province", ("某某省", "杭州市", "西湖区"), ""),
        ("an old name", ("浙江省", "杭州市", "城区"), ""),
    ],
)
def test_conflicts(why: str, address: tuple[str, str, str], named: str) -> None:
    assert INDEX.conflict(*address) == named, why
